export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export type components = {
    schemas: {
        /**
         * ApiKeyCreated
         * @description A key with its secret, shown this once.
         */
        ApiKeyCreated: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Key */
            key: string;
            /** Name */
            name: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: string[];
        };
        /**
         * ApiKeyRead
         * @description A key without its secret.
         */
        ApiKeyRead: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: string[];
        };
        /**
         * AuditEntry
         * @description Who did or saw what, and when.
         */
        AuditEntry: {
            /** Action */
            action: string;
            /** Actor */
            actor: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /** Id */
            id: number;
            /** Resource */
            resource: string;
            /** Trace Id */
            trace_id: string | null;
        };
        /**
         * CandidateView
         * @description A carrier that may have issued the number.
         */
        CandidateView: {
            /** Carrier */
            carrier: string;
            /**
             * Confidence
             * @description share of belief among all readings, not a promise
             */
            confidence: number;
            /**
             * Format
             * @description which form of number matched; null if the number is known from the store
             */
            format: string | null;
            /** Reasons */
            reasons: components["schemas"]["ReasonView"][];
            /** Waybill No */
            waybill_no: string;
        };
        /**
         * Captured
         * @description What was taken from a document: parcels, new events, and items set aside because they could not be read.
         */
        Captured: {
            /** Events */
            events: number;
            /** Parcels */
            parcels: number;
            /** Set Aside */
            set_aside: number;
        };
        /**
         * DetectView
         * @description Candidates of every number found, in order of appearance, each number's likeliest first.
         *
         *     `rejected` are numbers of a recognisable form whose check digit or country is wrong: probably mistyped.
         */
        DetectView: {
            /** Candidates */
            candidates: components["schemas"]["CandidateView"][];
            /** Rejected */
            rejected: components["schemas"]["CandidateView"][];
        };
        /**
         * Direction
         * @description Which way the parcel travels.
         * @enum {string}
         */
        Direction: "forward" | "return";
        /**
         * EventExplained
         * @description What one event did, and by which entry of which table.
         */
        EventExplained: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Basis
             * @description the mapping entry and text rules that were used
             */
            basis: string;
            /** Code */
            code: string;
            /**
             * Delivery Id
             * @description the raw body it came in, while that is kept
             */
            delivery_id: string | null;
            /**
             * Effect
             * @description what it did to the status
             */
            effect: string;
            /** Effect Text */
            effect_text: {
                [key: string]: string;
            };
            /**
             * Key
             * Format: uuid
             */
            key: string;
            /**
             * Raw
             * @description the item as the source sent it, if it was kept
             */
            raw: unknown;
            /** Says Exceptions */
            says_exceptions: components["schemas"]["ExceptionCode"][];
            says_status: components["schemas"]["ParcelStatus"] | null;
            /** Source */
            source: string;
            /** Text */
            text: string;
        };
        /**
         * EventView
         * @description One fact as the carrier told it. `local_time` is its own wall clock, `tz_source` how its zone is known.
         */
        EventView: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Code */
            code: string;
            /**
             * Key
             * Format: uuid
             */
            key: string;
            /** Local Time */
            local_time: string;
            /** Location */
            location: string | null;
            /** Node */
            node: string | null;
            /** Offset Minutes */
            offset_minutes: number;
            /**
             * Received At
             * Format: date-time
             */
            received_at: string;
            /** Source */
            source: string;
            /** @description what the event says of the status, if anything */
            status: components["schemas"]["ParcelStatus"] | null;
            /** Text */
            text: string;
            tz_source: components["schemas"]["TzSource"];
        };
        /**
         * ExceptionCode
         * @description What can be wrong with a parcel (问题件). Severity and what closes each: `data/exceptions.json`.
         * @enum {string}
         */
        ExceptionCode: "refused" | "recipient_absent" | "business_closed" | "unreachable" | "bad_address" | "out_of_area" | "pickup_overdue" | "damaged" | "lost" | "destroyed" | "misrouted" | "misdelivered" | "delayed" | "weather" | "customs_hold" | "payment_hold" | "security" | "intercepted" | "carrier_rejected" | "return_to_sender" | "unsigned" | "stalled" | "no_info";
        /**
         * ExceptionView
         * @description One problem. `open` until a later event shows that it is over; `evidence` quotes what says so.
         */
        ExceptionView: {
            /** Closed At */
            closed_at: string | null;
            code: components["schemas"]["ExceptionCode"];
            /** Evidence */
            evidence: string;
            /** Node */
            node: string | null;
            /** Open */
            open: boolean;
            /**
             * Opened At
             * Format: date-time
             */
            opened_at: string;
            /**
             * Severity
             * @description 1 is the most severe
             */
            severity: number;
            /**
             * Text
             * @description plain words for customers, by language
             */
            text: {
                [key: string]: string;
            };
        };
        /**
         * ExplainView
         * @description Why the parcel has the status it has: the event that gave it, and what every other event did.
         */
        ExplainView: {
            /** Carrier */
            carrier: string;
            direction: components["schemas"]["Direction"];
            /**
             * Events
             * @description oldest first
             */
            events: components["schemas"]["EventExplained"][];
            /** Exceptions */
            exceptions: components["schemas"]["ExceptionView"][];
            /** Explanation */
            explanation: {
                [key: string]: string;
            };
            /**
             * Parcel Id
             * Format: uuid
             */
            parcel_id: string;
            /**
             * Rules
             * @description fingerprint of the rules used
             */
            rules: string;
            status: components["schemas"]["ParcelStatus"];
            status_event: components["schemas"]["EventExplained"] | null;
            /** Status Since */
            status_since: string | null;
            /** Waybill No */
            waybill_no: string;
        };
        /**
         * FieldError
         * @description One thing that is wrong with the input.
         */
        FieldError: {
            /** Detail */
            detail: string;
            /**
             * Pointer
             * @description where: a JSON pointer, or `query/…`, `path/…`, `header/…`
             */
            pointer: string;
        };
        /**
         * LastEventView
         * @description The newest thing the carrier said.
         */
        LastEventView: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Location */
            location: string | null;
            /** Source */
            source: string;
            /** Text */
            text: string;
        };
        /**
         * Milestone
         * @description Stages whose first and last time are kept.
         * @enum {string}
         */
        Milestone: "info_received" | "picked_up" | "departed" | "arrived" | "customs_start" | "customs_cleared" | "arrived_dest" | "out_for_delivery" | "available" | "failed_attempt" | "delivered" | "forwarded" | "returning" | "returned" | "cancelled";
        /**
         * MilestoneView
         * @description First and last time of a stage, and how often it was reached.
         */
        MilestoneView: {
            /** Count */
            count: number;
            /**
             * First
             * Format: date-time
             */
            first: string;
            /**
             * Last
             * Format: date-time
             */
            last: string;
        };
        /**
         * NewApiKey
         * @description What a new key is for and what it may do.
         */
        NewApiKey: {
            /** Expires In Days */
            expires_in_days?: number | null;
            /**
             * Name
             * @example warehouse integration
             */
            name: string;
            /** Scopes */
            scopes: string[];
        };
        /**
         * OtherParcel
         * @description Another parcel with the same number: another carrier, or an earlier use of the number.
         */
        OtherParcel: {
            /** Carrier */
            carrier: string;
            /** Last Event At */
            last_event_at: string | null;
            status: components["schemas"]["ParcelStatus"];
        };
        /** Page[AuditEntry] */
        Page_AuditEntry_: {
            /** Items */
            items: components["schemas"]["AuditEntry"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; absent on the last
             */
            next?: string | null;
        };
        /**
         * ParcelStatus
         * @description Where a parcel is: one of four separate axes (milestones, exceptions and direction are the others).
         * @enum {string}
         */
        ParcelStatus: "not_found" | "info_received" | "picked_up" | "in_transit" | "customs" | "arrived_dest" | "out_for_delivery" | "available_for_pickup" | "delivery_failed" | "delivered" | "forwarded" | "returning" | "returned" | "cancelled" | "exception";
        /**
         * ParcelView
         * @description Everything known about a parcel, on four axes, with source and age.
         *
         *     `as_of` is when a source last told or confirmed it. `answer` is a sentence to quote to a customer, by language.
         *     `stale` is true when a newer answer was wanted and could not be had; `refresh` says why.
         */
        ParcelView: {
            /** Age Seconds */
            age_seconds: number;
            /** Answer */
            answer: {
                [key: string]: string;
            };
            /**
             * As Of
             * Format: date-time
             */
            as_of: string;
            /** Carrier */
            carrier: string;
            /** Carrier Name */
            carrier_name: {
                [key: string]: string;
            };
            direction: components["schemas"]["Direction"];
            /**
             * Events
             * @description newest first
             */
            events: components["schemas"]["EventView"][];
            /** Exceptions */
            exceptions: components["schemas"]["ExceptionView"][];
            last_event: components["schemas"]["LastEventView"];
            /** Milestones */
            milestones: {
                [key: string]: components["schemas"]["MilestoneView"];
            };
            /** Others */
            others: components["schemas"]["OtherParcel"][];
            /**
             * Parcel Id
             * Format: uuid
             */
            parcel_id: string;
            /** Refresh */
            refresh: string | null;
            /** Source */
            source: string;
            /** Stale */
            stale: boolean;
            status: components["schemas"]["ParcelStatus"];
            /** Status Since */
            status_since: string | null;
            /** Status Text */
            status_text: {
                [key: string]: string;
            };
            tracking_state: components["schemas"]["TrackingState"];
            /** Waybill No */
            waybill_no: string;
        };
        /**
         * Problem
         * @description An error document (RFC 9457).
         */
        Problem: {
            /** Detail */
            detail: string;
            /**
             * Errors
             * @default []
             */
            errors: components["schemas"]["FieldError"][];
            /**
             * Instance
             * @default null
             */
            instance: string | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Trace Id
             * @default null
             */
            trace_id: string | null;
            /**
             * Type
             * @description identifies the kind of problem
             * @example urn:posthouse:problem:not-found
             */
            type: string;
        };
        /**
         * ReasonView
         * @description Why a carrier is on the list, in code and in words.
         */
        ReasonView: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Text */
            text: {
                [key: string]: string;
            };
        };
        /**
         * ScanIn
         * @description One scan. `scan_id` is the network's own id; sending it again changes nothing. Unknown fields are kept.
         */
        ScanIn: {
            /** City */
            city?: string | null;
            /**
             * Code
             * @description the network's scan code, for example OUT_FOR_DELIVERY
             */
            code: string;
            /**
             * Description
             * @description what customers may read
             * @default
             */
            description: string;
            /**
             * Node
             * @description branch, hub or vehicle
             */
            node?: string | null;
            /**
             * Occurred At
             * @description ISO 8601; without an offset it is wall time of the courier's own zone
             * @example 2026-11-05T09:10:00+08:00
             * @example 2026-11-05 09:10:00
             */
            occurred_at: string;
            /** Scan Id */
            scan_id: string;
            /** Waybill No */
            waybill_no: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * ScanOutcome
         * @description What became of a scan, and where its parcel is now.
         */
        ScanOutcome: {
            /** Outcome */
            outcome: string;
            /** Parcel Id */
            parcel_id: string | null;
            /** Scan Id */
            scan_id: string;
            status: components["schemas"]["ParcelStatus"] | null;
        };
        /**
         * ScansTaken
         * @description All scans are durable when this is answered. `set_aside`: dated in the future, kept but not believed.
         */
        ScansTaken: {
            /** Accepted */
            accepted: number;
            /** Duplicates */
            duplicates: number;
            /** Results */
            results: components["schemas"]["ScanOutcome"][];
            /** Set Aside */
            set_aside: number;
        };
        /**
         * TrackingState
         * @description Whether more events are to be expected: `stopped` after a final status, `expired` when the source gave up.
         * @enum {string}
         */
        TrackingState: "active" | "stopped" | "expired";
        /**
         * TzSource
         * @description How the zone of an event's time is known.
         * @enum {string}
         */
        TzSource: "payload" | "carrier_default" | "location" | "unknown";
        /**
         * UnmappedCodes
         * @description The most frequent first.
         */
        UnmappedCodes: {
            /** Items */
            items: components["schemas"]["UnmappedCodeView"][];
        };
        /**
         * UnmappedCodeView
         * @description One unknown code of a source; with an empty code, texts without a code that say nothing we know.
         */
        UnmappedCodeView: {
            /** Code */
            code: string;
            /** Count */
            count: number;
            /**
             * First Seen At
             * Format: date-time
             */
            first_seen_at: string;
            /**
             * Last Seen At
             * Format: date-time
             */
            last_seen_at: string;
            /** Sample Carrier */
            sample_carrier: string;
            /** Sample Text */
            sample_text: string;
            /** Sample Waybill No */
            sample_waybill_no: string;
            /** Source */
            source: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
};
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

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
         * KpiReport
         * @description Figures of the work that arrived in a range.
         */
        KpiReport: {
            /**
             * Begin
             * Format: date-time
             */
            begin: string;
            /** By */
            by: string[];
            /**
             * End
             * Format: date-time
             */
            end: string;
            /** Parameters Version */
            parameters_version: number;
            /** Rows */
            rows: components["schemas"]["KpiRow"][];
            total: components["schemas"]["KpiRow"];
        };
        /**
         * KpiRow
         * @description The figures of one group. Every rate can be recomputed from the counters beside it.
         */
        KpiRow: {
            /** Abandoned */
            abandoned: number;
            abandonment: components["schemas"]["Rate"];
            /** Answered */
            answered: number;
            /** Asa Seconds */
            asa_seconds: number | null;
            /**
             * Channel
             * @description null if not grouped by channel
             */
            channel: string | null;
            /**
             * In Target
             * @description answered within the channel's target
             */
            in_target: number;
            /** Longest Wait Seconds */
            longest_wait_seconds: number;
            /** Offered */
            offered: number;
            /**
             * Queue
             * @description null if not grouped by queue
             */
            queue: string | null;
            /** @description per answered message; absent for groups that mix queues or channels */
            response: components["schemas"]["Times"] | null;
            service_level: components["schemas"]["Rate"];
            /** Short Abandoned */
            short_abandoned: number;
            /** Time To Abandon Seconds */
            time_to_abandon_seconds: number | null;
            /** Waiting */
            waiting: number;
        };
        /**
         * Live
         * @description The present day and moment.
         */
        Live: {
            /**
             * Agents
             * @description agents by presence
             */
            agents: {
                [key: string]: number;
            };
            /**
             * At
             * Format: date-time
             */
            at: string;
            report: components["schemas"]["KpiReport"];
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
         * Rate
         * @description A ratio with the name of its formula.
         */
        Rate: {
            /**
             * Value
             * @description 0 to 1; null while nothing counts
             */
            value: number | null;
            /** Variant */
            variant: string;
        };
        /**
         * Times
         * @description A distribution of seconds, percentiles by nearest rank.
         */
        Times: {
            /** Median */
            median: number | null;
            /** N */
            n: number;
            /** P90 */
            p90: number | null;
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

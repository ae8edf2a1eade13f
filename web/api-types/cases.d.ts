export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export type components = {
    schemas: {
        /**
         * AddConsent
         * @description A statement of the customer. `evidence` names the proof: a message, a recording, a form.
         */
        AddConsent: {
            /**
             * Evidence
             * @example message 0190b2c0-…
             * @example recording 77, 00:41
             */
            evidence: string;
            /** Granted */
            granted: boolean;
            /**
             * Kind
             * @enum {string}
             */
            kind: "contact" | "recording" | "proxy_sign_off" | "locker" | "marketing" | "terms_notice";
            /** Waybill No */
            waybill_no?: string | null;
        };
        /**
         * AddNote
         * @description An internal note. The customer never sees it.
         */
        AddNote: {
            /** Text */
            text: string;
        };
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
         * AttachmentView
         * @description A file that came with a message. `url` belongs to the channel that keeps it, and needs a token there.
         */
        AttachmentView: {
            /** Attachment Id */
            attachment_id: string;
            /** Content Type */
            content_type: string;
            /** Name */
            name: string;
            /**
             * Size
             * @description bytes
             */
            size: number;
            /** Url */
            url: string;
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
         * @description A customer who may be the same person, and why.
         */
        CandidateView: {
            /**
             * Customer Id
             * Format: uuid
             */
            customer_id: string;
            /** Name */
            name: string | null;
            /**
             * Reasons
             * @description address:phone, address:email, name_and_waybill
             */
            reasons: string[];
        };
        /**
         * CaseSummary
         * @description A case as lists and live streams show it.
         */
        CaseSummary: {
            /** Case No */
            case_no: string;
            /** Case Type */
            case_type: string;
            channel: components["schemas"]["Channel"];
            /** Closed At */
            closed_at: string | null;
            /**
             * Customer Id
             * Format: uuid
             */
            customer_id: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Language */
            language: string | null;
            /**
             * Last Customer Seq
             * @description number of the customer's newest message
             */
            last_customer_seq: number;
            /** Last Seq */
            last_seq: number;
            /** Next Due At */
            next_due_at: string | null;
            /**
             * Opened At
             * Format: date-time
             */
            opened_at: string;
            /** Owner */
            owner: string | null;
            /** Owner Name */
            owner_name: string | null;
            /** Parent Id */
            parent_id: string | null;
            /** Priority */
            priority: number;
            /** Queue */
            queue: string;
            /** Resolution */
            resolution: string | null;
            /** Severity */
            severity: string | null;
            /** State */
            state: string;
            /** Step */
            step: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Version */
            version: number;
            /** Waybill No */
            waybill_no: string | null;
        };
        /**
         * CaseView
         * @description A case in full.
         */
        CaseView: {
            /** Case No */
            case_no: string;
            /** Case Type */
            case_type: string;
            channel: components["schemas"]["Channel"];
            /** Closed At */
            closed_at: string | null;
            /**
             * Customer Id
             * Format: uuid
             */
            customer_id: string;
            /** Customer Name */
            customer_name: string | null;
            /**
             * Fields
             * @description what the procedure captured; personal values may be masked
             */
            fields: {
                [key: string]: unknown;
            };
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Interactions */
            interactions: components["schemas"]["InteractionView"][];
            /** Language */
            language: string | null;
            /**
             * Last Customer Seq
             * @description number of the customer's newest message
             */
            last_customer_seq: number;
            /** Last Seq */
            last_seq: number;
            /** Next Due At */
            next_due_at: string | null;
            /**
             * Opened At
             * Format: date-time
             */
            opened_at: string;
            /** Owner */
            owner: string | null;
            /** Owner Name */
            owner_name: string | null;
            /** Parent Id */
            parent_id: string | null;
            /** Priority */
            priority: number;
            procedure_state: components["schemas"]["ProcedureState"];
            /** Queue */
            queue: string;
            /** Resolution */
            resolution: string | null;
            /** Severity */
            severity: string | null;
            /** State */
            state: string;
            /** Step */
            step: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Version */
            version: number;
            /** Waybill No */
            waybill_no: string | null;
        };
        /**
         * ChangeCustomer
         * @description What to change of a customer's profile; fields left out stay, null removes.
         */
        ChangeCustomer: {
            /** Address */
            address?: string | null;
            /**
             * Do Not Contact
             * @default false
             */
            do_not_contact: boolean;
            /** Employer */
            employer?: string | null;
            language?: components["schemas"]["Language"] | null;
            /** Name */
            name?: string | null;
            /**
             * Tags
             * @default []
             */
            tags: string[];
            /** Tier */
            tier?: string | null;
        };
        /**
         * Channel
         * @description The channel an interaction runs on.
         * @enum {string}
         */
        Channel: "voice" | "sms" | "email" | "chat" | "telegram";
        /**
         * ClassifyCase
         * @description What the case is really about.
         */
        ClassifyCase: {
            /**
             * Case Type
             * @description contact class, for example complaint
             * @example complaint
             */
            case_type: string;
            /** Reason */
            reason: string;
        };
        /**
         * CloseCase
         * @description The end of a case.
         */
        CloseCase: {
            /**
             * Deviation Reason
             * @description why steps or closing fields are left out; without it that is refused
             */
            deviation_reason?: string | null;
            /**
             * Fields
             * @description fields that the procedure still wants
             * @default {}
             */
            fields: {
                [key: string]: unknown;
            };
            /**
             * Resolution
             * @example answered
             */
            resolution: string;
            /**
             * Seen Seq
             * @description the newest entry you saw; a newer message of the customer refuses the close
             */
            seen_seq?: number | null;
        };
        /**
         * CompleteStep
         * @description Fields of the present step, and the way on.
         */
        CompleteStep: {
            /**
             * Complete
             * @description false: only store the fields
             * @default true
             */
            complete: boolean;
            /**
             * Deviation Reason
             * @description why the step is done out of order or without a mandatory field; kept and shown
             */
            deviation_reason?: string | null;
            /**
             * Fields
             * @default {}
             * @example {
             *       "customer_name": "王芳",
             *       "waybill_no": "SF1234567890123"
             *     }
             */
            fields: {
                [key: string]: unknown;
            };
            /**
             * Outcome
             * @description which way on, where the step has several
             */
            outcome?: string | null;
            /**
             * Step
             * @description unset: the present step; another one is out of order
             */
            step?: string | null;
        };
        /**
         * ConsentView
         * @description What a customer agreed to, or refused.
         */
        ConsentView: {
            /** Actor */
            actor: string;
            /** Evidence */
            evidence: string;
            /**
             * Given At
             * Format: date-time
             */
            given_at: string;
            /** Granted */
            granted: boolean;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Waybill No */
            waybill_no: string | null;
        };
        /**
         * ContactPointView
         * @description An address of a customer, masked for readers without the right to personal data.
         */
        ContactPointView: {
            /** Address */
            address: string;
            /** Display Name */
            display_name: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Masked */
            masked: boolean;
            /** Verification */
            verification: string;
        };
        /**
         * CustomerView
         * @description A customer with addresses, recent cases and recent contacts.
         */
        CustomerView: {
            /**
             * Address
             * @description masked for readers without the right to personal data
             */
            address: string | null;
            /** Cases */
            cases: components["schemas"]["CaseSummary"][];
            /** Consents */
            consents: components["schemas"]["ConsentView"][];
            /** Contact Points */
            contact_points: components["schemas"]["ContactPointView"][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Do Not Contact */
            do_not_contact: boolean;
            /** Employer */
            employer: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Interactions */
            interactions: components["schemas"]["InteractionView"][];
            /** Language */
            language: string | null;
            /**
             * Merged Into
             * @description the customer this one turned out to be
             */
            merged_into: string | null;
            /** Name */
            name: string | null;
            /** Tags */
            tags: string[];
            /** Tier */
            tier: string | null;
            /** Version */
            version: number;
        };
        /**
         * DeadlineView
         * @description A limit that runs now.
         */
        DeadlineView: {
            /**
             * Due At
             * Format: date-time
             */
            due_at: string;
            /** Legal */
            legal: boolean;
            /** Limit */
            limit: string;
            /** Percent */
            percent: number;
            /** Step */
            step: string;
        };
        /**
         * EntryKind
         * @description Kinds of timeline entries.
         * @enum {string}
         */
        EntryKind: "message_in" | "message_out" | "call" | "self_service" | "note" | "status" | "step" | "parcel";
        /**
         * EntryView
         * @description One entry of a timeline. `texts` holds the wording of what the system wrote, per language; `data` the details.
         */
        EntryView: {
            /**
             * Actor
             * @description agent id, `customer` or `system`
             */
            actor: string;
            /**
             * Attachments
             * @default []
             */
            attachments: components["schemas"]["AttachmentView"][];
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            channel?: components["schemas"]["Channel"] | null;
            /**
             * Data
             * @default {}
             */
            data: {
                [key: string]: unknown;
            };
            /** Interaction Id */
            interaction_id?: string | null;
            kind: components["schemas"]["EntryKind"];
            /** Message Id */
            message_id?: string | null;
            /**
             * Occurred At
             * Format: date-time
             */
            occurred_at: string;
            /**
             * Recorded At
             * Format: date-time
             */
            recorded_at: string;
            /**
             * Seq
             * @description position in the case's timeline: 1, 2, 3 … without gaps
             */
            seq: number;
            /**
             * Status
             * @description of a message we sent: pending, sent, delivered, …
             */
            status?: string | null;
            /** Text */
            text?: string | null;
            /** Texts */
            texts?: {
                [key: string]: string;
            } | null;
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
         * FieldView
         * @description A field that the present step asks for.
         */
        FieldView: {
            label: components["schemas"]["LabelView"];
            /** Mandatory */
            mandatory: boolean;
            /** Name */
            name: string;
            /** Options */
            options: string[];
            /** Type */
            type: string;
            /** Value */
            value?: unknown;
        };
        /**
         * InteractionView
         * @description A stretch of contact of the case. `address` is masked for readers without the right to personal data.
         */
        InteractionView: {
            /** Account */
            account: string;
            /** Address */
            address: string | null;
            /** Answered At */
            answered_at: string | null;
            /**
             * Can Reply
             * @description whether a text can be sent on it
             */
            can_reply: boolean;
            /** Case Id */
            case_id: string | null;
            channel: components["schemas"]["Channel"];
            /** Direction */
            direction: string;
            /** Ended At */
            ended_at: string | null;
            /** Ended By */
            ended_by: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Language */
            language: string | null;
            /** Queued At */
            queued_at: string | null;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** Verification */
            verification: string | null;
        };
        /**
         * LabelView
         * @description A name in both languages.
         */
        LabelView: {
            /** En */
            en: string;
            /** Zh */
            zh: string;
        };
        /**
         * Language
         * @description Languages every text of the product exists in (BCP 47).
         * @enum {string}
         */
        Language: "zh-CN" | "en";
        /**
         * MergeCustomers
         * @description Which other customer turned out to be this one.
         */
        MergeCustomers: {
            /**
             * Other Id
             * Format: uuid
             */
            other_id: string;
            /** Reason */
            reason: string;
        };
        /**
         * MergeView
         * @description A merge of two customers.
         */
        MergeView: {
            /** Actor */
            actor: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Merged At
             * Format: date-time
             */
            merged_at: string;
            /**
             * Merged Id
             * Format: uuid
             */
            merged_id: string;
            /** Reason */
            reason: string;
            /**
             * Survivor Id
             * Format: uuid
             */
            survivor_id: string;
            /** Undone At */
            undone_at: string | null;
            /** Undone By */
            undone_by: string | null;
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
        /** Page[CaseSummary] */
        Page_CaseSummary_: {
            /** Items */
            items: components["schemas"]["CaseSummary"][];
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
         * ProcedureItem
         * @description A procedure in the list.
         */
        ProcedureItem: {
            /** Contact Class */
            contact_class: string;
            /** Id */
            id: string;
            label: components["schemas"]["LabelView"];
            /** Steps */
            steps: number;
            /** Version */
            version: number;
        };
        /**
         * ProcedureState
         * @description Where a case stands in its procedure, and what may come next.
         */
        ProcedureState: {
            /** Actor */
            actor: string;
            actor_label: components["schemas"]["LabelView"];
            /** Asked */
            asked: components["schemas"]["FieldView"][];
            /** Deadlines */
            deadlines: components["schemas"]["DeadlineView"][];
            /** Ended */
            ended: boolean;
            /** Id */
            id: string;
            label: components["schemas"]["LabelView"];
            /** Note */
            note: string | null;
            /** Rules */
            rules: string[];
            /** Step */
            step: string;
            step_label: components["schemas"]["LabelView"];
            /** Version */
            version: number;
            /** Waiting For */
            waiting_for: string | null;
            /** Ways */
            ways: components["schemas"]["WayView"][];
        };
        /**
         * ProcedureView
         * @description A procedure with its definition, as the schema of procedure files has it.
         */
        ProcedureView: {
            /** Contact Class */
            contact_class: string;
            /** Definition */
            definition: {
                [key: string]: unknown;
            };
            /** Id */
            id: string;
            label: components["schemas"]["LabelView"];
            /** Steps */
            steps: number;
            /** Version */
            version: number;
        };
        /**
         * ReopenCase
         * @description Why a closed case comes back.
         */
        ReopenCase: {
            /** Reason */
            reason: string;
        };
        /**
         * SendMessage
         * @description A reply to the customer.
         */
        SendMessage: {
            /**
             * Interaction Id
             * @description unset: the one the customer wrote on last
             */
            interaction_id?: string | null;
            /**
             * Subject
             * @description mail only; unset: the thread's subject
             */
            subject?: string | null;
            /**
             * Text
             * @example 您的快件今天 18:00 前派送。
             */
            text: string;
        };
        /**
         * TimelinePage
         * @description Entries in order. Ask again with `after` = the last `seq` until `last_seq` is reached.
         */
        TimelinePage: {
            /** Items */
            items: components["schemas"]["EntryView"][];
            /**
             * Last Seq
             * @description the newest entry of the case
             */
            last_seq: number;
        };
        /**
         * UndoMerge
         * @description Why they are two after all.
         */
        UndoMerge: {
            /** Reason */
            reason: string;
        };
        /**
         * WayView
         * @description A way on from the present step. Without `outcome` it is taken by itself when it is open.
         */
        WayView: {
            label: components["schemas"]["LabelView"] | null;
            /**
             * Missing
             * @description fields this way still needs
             */
            missing: string[];
            /** Open */
            open: boolean;
            /** Outcome */
            outcome: string | null;
            /** To */
            to: string;
            to_label: components["schemas"]["LabelView"];
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

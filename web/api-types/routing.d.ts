export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export type components = {
    schemas: {
        /**
         * AgentOrder
         * @description Which of the eligible agents gets an item. Ties go to the longest idle, then to the longest employed.
         * @enum {string}
         */
        AgentOrder: "longest_idle" | "least_loaded" | "fewest_handled" | "round_robin" | "linear" | "best_proficiency" | "least_flexible";
        /**
         * AgentProfileBody
         * @description What a supervisor sets for an agent.
         */
        AgentProfileBody: {
            /** At Most */
            at_most?: {
                [key: string]: number;
            };
            /**
             * Capacity
             * @default 100
             */
            capacity: number;
            /** Groups */
            groups?: string[];
            /** Name */
            name?: string | null;
            /**
             * Rank
             * @description place in the linear order; least first
             * @default 0
             */
            rank: number;
            /** Skills */
            skills?: {
                [key: string]: number;
            };
        };
        /**
         * AgentView
         * @description An agent: who, where, what they can and what they hold.
         */
        AgentView: {
            /** Agent Id */
            agent_id: string;
            /**
             * At Most
             * @description own limits per channel; channels not named have the usual one
             */
            at_most: {
                [key: string]: number;
            };
            /** Capacity */
            capacity: number;
            /** Groups */
            groups: string[];
            /**
             * Holding
             * @description items by channel
             */
            holding: {
                [key: string]: number;
            };
            /** Name */
            name: string | null;
            presence: components["schemas"]["Presence"];
            /** Rank */
            rank: number;
            /** Reason */
            reason: string | null;
            /**
             * Since
             * Format: date-time
             * @description when the presence last changed
             */
            since: string;
            /** Skills */
            skills: {
                [key: string]: number;
            };
            /**
             * Used
             * @description units of capacity in use: open offers, work in hand, wrap-up
             */
            used: number;
            /** Version */
            version: number;
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
         * Assign
         * @description Who shall have it.
         */
        Assign: {
            /** Agent Id */
            agent_id: string;
        };
        /**
         * AssignmentView
         * @description An item in the agent's hands.
         */
        AssignmentView: {
            /**
             * Accepted At
             * Format: date-time
             */
            accepted_at: string;
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            /** Case No */
            case_no: string;
            /** Channel */
            channel: string;
            /** Customer Name */
            customer_name: string | null;
            /**
             * Enqueued At
             * Format: date-time
             */
            enqueued_at: string;
            /** Interaction Id */
            interaction_id: string | null;
            /** Language */
            language: string | null;
            /**
             * Offer Id
             * Format: uuid
             */
            offer_id: string;
            /** Preview */
            preview: string | null;
            /** Queue */
            queue: string;
            /**
             * State
             * @enum {string}
             */
            state: "active" | "wrap_up";
            /** Waybill No */
            waybill_no: string | null;
            /**
             * Work Item Id
             * Format: uuid
             */
            work_item_id: string;
            /**
             * Wrap Up Until
             * @description when wrap-up ends by itself
             */
            wrap_up_until?: string | null;
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
         * Channel
         * @description The channel an interaction runs on.
         * @enum {string}
         */
        Channel: "voice" | "sms" | "email" | "chat" | "telegram";
        /**
         * DecisionView
         * @description One decision about an item.
         */
        DecisionView: {
            /** Agent Id */
            agent_id: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /** Kind */
            kind: string;
            /** Queue */
            queue: string | null;
        };
        /**
         * Decline
         * @description Why not.
         */
        Decline: {
            /** Reason */
            reason?: string | null;
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
         * MyWork
         * @description Open offers and work in hand.
         */
        MyWork: {
            /** Assignments */
            assignments: components["schemas"]["AssignmentView"][];
            /** Offers */
            offers: components["schemas"]["OfferView"][];
            /**
             * Stream Seq
             * @description resume `/v1/events` after this number to miss nothing
             */
            stream_seq: number;
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
         * OfferAnswer
         * @description What became of an offer.
         */
        OfferAnswer: {
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            /**
             * Offer Id
             * Format: uuid
             */
            offer_id: string;
            /** State */
            state: string;
            /**
             * Work Item Id
             * Format: uuid
             */
            work_item_id: string;
        };
        /**
         * OfferView
         * @description An open offer.
         */
        OfferView: {
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            /** Case No */
            case_no: string;
            /** Channel */
            channel: string;
            /** Customer Name */
            customer_name: string | null;
            /**
             * Enqueued At
             * Format: date-time
             */
            enqueued_at: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Interaction Id */
            interaction_id: string | null;
            /** Language */
            language: string | null;
            /**
             * Offer Id
             * Format: uuid
             */
            offer_id: string;
            /**
             * Offered At
             * Format: date-time
             */
            offered_at: string;
            /** Preview */
            preview: string | null;
            /** Queue */
            queue: string;
            /** Waybill No */
            waybill_no: string | null;
            /**
             * Work Item Id
             * Format: uuid
             */
            work_item_id: string;
        };
        /**
         * Overflow
         * @description When an item moves on to another queue. All but `waited` are judged once, when the item enters the queue.
         * @enum {string}
         */
        Overflow: "waited" | "length" | "unstaffed";
        /**
         * OverflowRule
         * @description Moves an item to queue `to`, keeping its place. `limit`: seconds for `waited`, items for `length`.
         */
        OverflowRule: {
            /**
             * Limit
             * @default 0
             */
            limit: number;
            /** To */
            to: string;
            when: components["schemas"]["Overflow"];
        };
        /** Page[AgentView] */
        Page_AgentView_: {
            /** Items */
            items: components["schemas"]["AgentView"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; absent on the last
             */
            next?: string | null;
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
        /** Page[WaitingItem] */
        Page_WaitingItem_: {
            /** Items */
            items: components["schemas"]["WaitingItem"][];
            /**
             * Next
             * @description pass as `cursor` for the next page; absent on the last
             */
            next?: string | null;
        };
        /**
         * Presence
         * @description What an agent says of themselves. Only `available` agents are offered work.
         * @enum {string}
         */
        Presence: "available" | "away" | "offline";
        /**
         * PresenceChange
         * @description What the agent chooses.
         */
        PresenceChange: {
            presence: components["schemas"]["Presence"];
            /**
             * Reason
             * @description why away, for example `break`, `meal`, `meeting`
             */
            reason?: string | null;
        };
        /**
         * Prioritise
         * @description How urgent it is now.
         */
        Prioritise: {
            /**
             * Priority
             * @description 1 first
             */
            priority: number;
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
         * QueueRules
         * @description The rules of one queue. Whoever meets `needs` serves it; there is no separate membership list.
         */
        QueueRules: {
            /** @default longest_idle */
            agent_order: components["schemas"]["AgentOrder"];
            /**
             * Any Of
             * @description alternatives; one of them must be met
             * @default []
             */
            any_of: {
                [key: string]: number;
            }[];
            /**
             * Ask Language
             * @description the work's language is asked for as skill `language.<tag>`
             * @default true
             */
            ask_language: boolean;
            /**
             * Auto Accept
             * @description an offer counts as accepted at once
             * @default false
             */
            auto_accept: boolean;
            /**
             * Delays
             * @description groups of agents who see an item only after it waited this long; the longest delay of an agent's groups counts
             */
            delays?: {
                [key: string]: number;
            };
            /**
             * May Rescind
             * @description may take back pending offers of queues that are not strict, to free an agent
             * @default false
             */
            may_rescind: boolean;
            /** Name */
            name: string;
            /**
             * Needs
             * @description skills every item of this queue asks for
             */
            needs?: {
                [key: string]: number;
            };
            /**
             * None Of
             * @description skills an agent must not have
             * @default []
             */
            none_of: string[];
            /**
             * Offer Seconds
             * @description overrides the channel's value
             */
            offer_seconds?: number | null;
            /**
             * Offers At Once
             * @description agents an item is offered to at a time
             * @default 1
             */
            offers_at_once: number;
            /**
             * Overflow
             * @default []
             */
            overflow: components["schemas"]["OverflowRule"][];
            /**
             * Preferred Wait Seconds
             * @description overrides the domain's value
             */
            preferred_wait_seconds?: number | null;
            /**
             * Relaxation
             * @default []
             */
            relaxation: components["schemas"]["Relaxation"][];
            /** @default oldest_first */
            served: components["schemas"]["Served"];
            /**
             * Strict
             * @description served before every queue that is not strict, whatever the wait
             * @default false
             */
            strict: boolean;
            /**
             * Title
             * @description shown name per language
             */
            title?: {
                [key: string]: string;
            };
            /**
             * Wrap Up Seconds
             * @description overrides the channel's value
             */
            wrap_up_seconds?: number | null;
        };
        /**
         * QueueStats
         * @description A queue at this moment.
         */
        QueueStats: {
            /**
             * Accepted Recently
             * @description acceptances in the last 15 minutes
             */
            accepted_recently: number;
            /** Agents Available */
            agents_available: number;
            /**
             * Agents Signed In
             * @description agents with the queue's own skills, whatever their presence but offline
             */
            agents_signed_in: number;
            /** Assigned */
            assigned: number;
            /** By Channel */
            by_channel: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /**
             * Longest Wait Seconds
             * @description since the oldest item that waits was enqueued; 0 if none waits
             */
            longest_wait_seconds: number;
            /**
             * Mean Wait Seconds
             * @description of those acceptances
             */
            mean_wait_seconds: number | null;
            /** Name */
            name: string;
            /** Offered */
            offered: number;
            /** Waiting */
            waiting: number;
            /** Wrapping */
            wrapping: number;
        };
        /**
         * QueueView
         * @description A queue's rules in force.
         */
        QueueView: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /** Changed By */
            changed_by: string;
            /** Name */
            name: string;
            rules: components["schemas"]["QueueRules"];
            /** Version */
            version: number;
        };
        /**
         * Relaxation
         * @description Asks for less once an item has waited: skills dropped or asked for at a lower level. The place is kept.
         */
        Relaxation: {
            /** After Seconds */
            after_seconds: number;
            /**
             * Drop
             * @default []
             */
            drop: string[];
            /**
             * Drop Language
             * @default false
             */
            drop_language: boolean;
            /** Lower */
            lower?: {
                [key: string]: number;
            };
        };
        /**
         * Release
         * @description Why the work goes back, and where to.
         */
        Release: {
            /**
             * Keep Age
             * @description false: the wait begins anew, as after a transfer
             * @default true
             */
            keep_age: boolean;
            /**
             * Queue
             * @description another queue; unset: its old place
             */
            queue?: string | null;
            /** Reason */
            reason: string;
        };
        /**
         * Served
         * @description The order in which a queue's items are served.
         *
         *     `newest_first` ignores priority. For agents who serve other queues too, such a queue comes after theirs, so that
         *     the order of any two items stays fixed for as long as they wait.
         * @enum {string}
         */
        Served: "oldest_first" | "newest_first";
        /**
         * WaitingItem
         * @description An item in a queue, in the order in which it is served.
         */
        WaitingItem: {
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            /** Case No */
            case_no: string;
            /** Channel */
            channel: string;
            /**
             * Enqueued At
             * Format: date-time
             */
            enqueued_at: string;
            /**
             * Entered At
             * Format: date-time
             */
            entered_at: string;
            /** Priority */
            priority: number;
            /** Queue */
            queue: string;
            /** Stage */
            stage: number;
            /** State */
            state: string;
            /**
             * Work Item Id
             * Format: uuid
             */
            work_item_id: string;
        };
        /**
         * WorkState
         * @description A work item, without personal data.
         */
        WorkState: {
            /** Accepted At */
            accepted_at: string | null;
            /**
             * Agent Id
             * @description who has it, or had it last
             */
            agent_id: string | null;
            /**
             * Case Id
             * Format: uuid
             */
            case_id: string;
            /** Case No */
            case_no: string;
            /** Channel */
            channel: string;
            /** End Reason */
            end_reason: string | null;
            /** Ended At */
            ended_at: string | null;
            /**
             * Enqueued At
             * Format: date-time
             */
            enqueued_at: string;
            /**
             * Entered At
             * Format: date-time
             * @description when it entered its present queue
             */
            entered_at: string;
            /** Finished At */
            finished_at: string | null;
            /** Interaction Id */
            interaction_id: string | null;
            /** Language */
            language: string | null;
            /** Needs */
            needs: {
                [key: string]: unknown;
            }[];
            /** Outcome */
            outcome: string | null;
            /** Preferred Agent Id */
            preferred_agent_id: string | null;
            /** Priority */
            priority: number;
            /** Queue */
            queue: string;
            /** Requested Queue */
            requested_queue: string;
            /**
             * Stage
             * @description steps of relaxation taken
             */
            stage: number;
            /** State */
            state: string;
            /**
             * Work Item Id
             * Format: uuid
             */
            work_item_id: string;
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

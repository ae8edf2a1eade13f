/** What the desk shows. The services' own shapes are turned into these in `api.ts`, and nowhere else. */

export type Channel = 'voice' | 'sms' | 'email' | 'chat' | 'telegram'
export type Presence = 'available' | 'away' | 'offline'

export interface Label {
  zh: string
  en: string
}

export interface Offer {
  id: string
  workItemId: string
  caseId: string
  caseNo: string
  channel: Channel
  queue: string
  waybillNo: string | null
  customerName: string | null
  preview: string | null
  enqueuedAt: string
  offeredAt: string
  expiresAt: string
}

export interface Assignment {
  workItemId: string
  caseId: string
  caseNo: string
  interactionId: string | null
  channel: Channel
  queue: string
  state: 'active' | 'wrap_up'
  acceptedAt: string
  /** When wrap-up ends by itself. */
  wrapUpUntil: string | null
  customerName: string | null
  preview: string | null
  waybillNo: string | null
}

export interface Agent {
  id: string
  name: string
  presence: Presence
  reason: string | null
}

export interface Interaction {
  id: string
  channel: Channel
  address: string | null
  startedAt: string
  endedAt: string | null
  /** Voice only: when the caller began to wait and when an agent's leg was joined. */
  queuedAt: string | null
  answeredAt: string | null
  canReply: boolean
}

export type FieldType = 'text' | 'long_text' | 'flag' | 'instant' | 'number' | 'money' | 'choice' | 'list' | 'object'

export interface Field {
  name: string
  label: Label
  type: FieldType
  options: string[]
  mandatory: boolean
  value: unknown
}

/** A way on from the present step. Without an outcome it is taken by itself. */
export interface Way {
  outcome: string | null
  label: Label
  missing: string[]
}

export interface Deadline {
  limit: string
  step: string
  dueAt: string
  legal: boolean
}

export interface Procedure {
  id: string
  label: Label
  version: number
  step: string
  stepLabel: Label
  actorLabel: Label
  note: string | null
  fields: Field[]
  ways: Way[]
  deadlines: Deadline[]
  ended: boolean
}

/** The steps of a procedure in their usual order, its ends left out. */
export interface Step {
  id: string
  label: Label
}

export interface Case {
  id: string
  version: number
  no: string
  state: 'open' | 'closed'
  ownerId: string | null
  ownerName: string | null
  customerId: string
  customerName: string | null
  channel: Channel
  language: string | null
  waybillNo: string | null
  openedAt: string
  interactions: Interaction[]
  procedure: Procedure
}

export type Delivery = 'pending' | 'sending' | 'unknown' | 'sent' | 'failed' | 'undelivered' | 'delivered' | 'read'

export interface Attachment {
  id: string
  name: string
  contentType: string
  size: number
  url: string
}

interface EntryBase {
  seq: number
  at: string
  channel: Channel | null
  interactionId: string | null
  /** Agent id, `customer` or `system`. */
  actor: string
}

export interface MessageEntry extends EntryBase {
  kind: 'message'
  inbound: boolean
  author: string | null
  automatic: boolean
  subject: string | null
  text: string
  html: string | null
  attachments: Attachment[]
  delivery: Delivery | null
  problem: string | null
}

export interface NoteEntry extends EntryBase {
  kind: 'note'
  author: string | null
  text: string
}

/** Anything else that happened, in the service's own words. */
export interface FactEntry extends EntryBase {
  kind: 'fact'
  what: string
  text: Label
  /** The procedure step that was completed by it. */
  step: string | null
}

export type Entry = MessageEntry | NoteEntry | FactEntry

export interface ContactPoint {
  id: string
  address: string
  verified: boolean
}

export interface Customer {
  id: string
  name: string | null
  language: string | null
  contactPoints: ContactPoint[]
  cases: { id: string; no: string; state: 'open' | 'closed'; openedAt: string; waybillNo: string | null }[]
}

export interface Candidate {
  waybillNo: string
  carrier: string
  confidence: number
  reasons: Label[]
}

export interface ParcelEvent {
  id: string
  at: string
  text: string
  location: string | null
}

export interface Parcel {
  waybillNo: string
  carrier: string
  carrierName: Label
  status: string
  statusText: Label
  returning: boolean
  milestones: { name: string; at: string }[]
  exceptions: { code: string; text: Label; evidence: string }[]
  trackingState: string
  /** Newest first. */
  events: ParcelEvent[]
  asOf: string
  ageSeconds: number
  source: string
  /** A newer answer was wanted and could not be had. */
  stale: boolean
  /** A sentence to quote to the customer. */
  answer: Label
}

export interface QueueFigures {
  queue: string
  channel: string
  waiting: number
  longestWaitSeconds: number | null
  serviceLevel: number | null
  asaSeconds: number | null
  abandonment: number | null
}

export interface Board {
  agents: Record<string, number>
  queues: QueueFigures[]
}

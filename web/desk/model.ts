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
  address: string
  account: string | null
  startedAt: string
  endedAt: string | null
  /** Voice only: when the caller began to wait and when an agent's leg was joined. */
  queuedAt: string | null
  answeredAt: string | null
}

export type FieldType = 'text' | 'long_text' | 'flag' | 'instant' | 'number' | 'money' | 'choice' | 'list' | 'object'

export interface Field {
  id: string
  label: Label
  type: FieldType
  options: { value: string; label: Label }[]
  mandatory: boolean
  value: unknown
}

export interface Outcome {
  id: string
  label: Label
  /** Fields that this way out needs; null: those of the step. */
  requires: string[] | null
}

export interface Step {
  id: string
  label: Label
  state: 'done' | 'current' | 'ahead'
}

export interface Procedure {
  label: Label
  version: number
  steps: Step[]
  current: { id: string; label: Label; note: string | null; fields: Field[]; outcomes: Outcome[] } | null
  closing: Field[]
}

export interface Case {
  id: string
  etag: string | null
  no: string
  state: 'open' | 'closed'
  ownerId: string | null
  ownerName: string | null
  customerId: string
  customerName: string | null
  address: string | null
  channel: Channel
  waybillNo: string | null
  openedAt: string
  closedAt: string | null
  resolution: string | null
  interactions: Interaction[]
  procedure: Procedure | null
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
  id: string
  seq: number
  at: string
  channel: Channel | null
  interactionId: string | null
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

/** Anything else that happened: `what` is the service's own word, `text` what it adds. */
export interface FactEntry extends EntryBase {
  kind: 'fact'
  what: string
  author: string | null
  text: string | null
}

export type Entry = MessageEntry | NoteEntry | FactEntry

export interface ContactPoint {
  kind: string
  address: string
  verified: boolean
}

export interface Customer {
  id: string
  name: string | null
  language: string | null
  contactPoints: ContactPoint[]
  cases: { id: string; no: string; state: string; openedAt: string; waybillNo: string | null }[]
}

export interface Candidate {
  waybillNo: string
  carrier: string
  confidence: number
  reasons: string[]
}

export interface ParcelEvent {
  at: string
  text: string
  location: string | null
  source: string | null
}

export interface Parcel {
  waybillNo: string
  carrier: string
  status: string
  direction: string
  milestones: { name: string; at: string }[]
  exceptions: string[]
  trackingState: string
  events: ParcelEvent[]
  asOf: string
  ageSeconds: number
  source: string
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

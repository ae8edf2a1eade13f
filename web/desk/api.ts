import { problemOf } from '../shared/http'
import type { components as Cases } from '../api-types/cases'
import type { components as Insights } from '../api-types/insights'
import type { components as Routing } from '../api-types/routing'
import type { components as Tracking } from '../api-types/tracking-gateway'
import type {
  Agent, Assignment, Attachment, Board, Candidate, Case, Customer, Delivery, Entry, Field, FieldType, Interaction, Label, Offer, Parcel,
  Presence, Procedure, Step,
} from './model'
import { request, session } from './session'

/** Shapes on the wire, by service. */
type C = Cases['schemas']
type I = Insights['schemas']
type R = Routing['schemas']
type T = Tracking['schemas']

const get = async <A>(path: string): Promise<A> => (await request<A>('GET', path)).data
const post = async <A, B extends object>(path: string, body: B, key: string): Promise<A> => (await request<A>('POST', path, { body, key })).data

// Routing

const agentOf = (raw: R['AgentView']): Agent => ({ id: raw.agent_id, name: raw.name ?? raw.agent_id, presence: raw.presence, reason: raw.reason })
export const me = async () => agentOf(await get<R['AgentView']>('/routing/v1/agents/me'))
export const setPresence = async (presence: Presence, reason: string | null) => {
  const body: R['PresenceChange'] = { presence, reason }
  return agentOf((await request<R['AgentView']>('PUT', '/routing/v1/agents/me', { body })).data)
}

const workOf = (raw: R['OfferView'] | R['AssignmentView']) => ({
  workItemId: raw.work_item_id, caseId: raw.case_id, caseNo: raw.case_no, channel: raw.channel as Offer['channel'], queue: raw.queue,
  waybillNo: raw.waybill_no, customerName: raw.customer_name, preview: raw.preview,
})
const offerOf = (raw: R['OfferView']): Offer => ({
  ...workOf(raw), id: raw.offer_id, enqueuedAt: raw.enqueued_at, offeredAt: raw.offered_at, expiresAt: raw.expires_at,
})
const assignmentOf = (raw: R['AssignmentView']): Assignment => ({
  ...workOf(raw), interactionId: raw.interaction_id, state: raw.state, acceptedAt: raw.accepted_at, wrapUpUntil: raw.wrap_up_until ?? null,
})
export const myWork = async () => {
  const raw = await get<R['MyWork']>('/routing/v1/agents/me/work')
  return { offers: raw.offers.map(offerOf), assignments: raw.assignments.map(assignmentOf) }
}
export const accept = (id: string, key: string) => post<R['OfferAnswer'], object>(`/routing/v1/offers/${id}/accept`, {}, key)
export const decline = (id: string, key: string) => post<R['OfferAnswer'], R['Decline']>(`/routing/v1/offers/${id}/decline`, {}, key)
export const finishWrapUp = (workItemId: string, key: string) => post<null, object>(`/routing/v1/assignments/${workItemId}/complete`, {}, key)

// Cases

const interactionOf = (raw: C['InteractionView']): Interaction => ({
  id: raw.id, channel: raw.channel, address: raw.address, startedAt: raw.started_at, endedAt: raw.ended_at, queuedAt: raw.queued_at,
  answeredAt: raw.answered_at, canReply: raw.can_reply,
})

const fieldOf = (raw: C['FieldView']): Field => ({
  name: raw.name, label: raw.label, type: raw.type as FieldType, options: raw.options, mandatory: raw.mandatory, value: raw.value,
})

const procedureOf = (raw: C['ProcedureState']): Procedure => ({
  id: raw.id, label: raw.label, version: raw.version, step: raw.step, stepLabel: raw.step_label, actorLabel: raw.actor_label, note: raw.note,
  fields: raw.asked.map(fieldOf),
  ways: raw.ways.map((way) => ({ outcome: way.outcome, label: way.label ?? way.to_label, missing: way.missing })),
  deadlines: raw.deadlines.map((one) => ({ limit: one.limit, step: one.step, dueAt: one.due_at, legal: one.legal })),
  ended: raw.ended,
})

const caseOf = (raw: C['CaseView']): Case => ({
  id: raw.id, version: raw.version, no: raw.case_no, state: raw.state === 'closed' ? 'closed' : 'open', ownerId: raw.owner,
  ownerName: raw.owner_name, customerId: raw.customer_id, customerName: raw.customer_name, channel: raw.channel, language: raw.language,
  waybillNo: raw.waybill_no, openedAt: raw.opened_at, interactions: raw.interactions.map(interactionOf), procedure: procedureOf(raw.procedure_state),
})

export const myCaseIds = async () => (await get<C['Page_CaseSummary_']>('/cases/v1/cases?mine=true&state=open&limit=100')).items.map((raw) => raw.id)
export const readCase = async (id: string) => caseOf(await get<C['CaseView']>(`/cases/v1/cases/${id}`))

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** An entry as the timeline and the stream carry it. */
export function entryOf(raw: C['EntryView']): Entry {
  const { data } = raw
  const base = { seq: raw.seq, at: raw.occurred_at, channel: raw.channel ?? null, interactionId: raw.interaction_id ?? null, actor: raw.actor }
  if (raw.kind === 'message_in' || raw.kind === 'message_out') {
    return {
      ...base,
      kind: 'message',
      inbound: raw.kind === 'message_in',
      author: text(data['author_name']),
      automatic: data['automatic'] === true,
      subject: text(data['subject']),
      text: raw.text ?? '',
      html: text(data['html']),
      attachments: raw.attachments.map((file) => ({
        id: file.attachment_id, name: file.name, contentType: file.content_type, size: file.size, url: file.url,
      })),
      delivery: raw.kind === 'message_out' ? (raw.status as Delivery) : null,
      problem: text(data['error_text']) ?? text(data['error_code']),
    }
  }
  if (raw.kind === 'note') return { ...base, kind: 'note', author: text(data['author_name']), text: raw.text ?? '' }
  const words = raw.texts ? wordsOf(raw.texts) : { zh: raw.text ?? raw.kind, en: raw.text ?? raw.kind }
  return { ...base, kind: 'fact', what: raw.kind, text: words, step: String(data['code']).startsWith('step.completed') ? text(data['step']) : null }
}

const PAGE = 200

/** The entries after `after`, all of them. */
export async function readTimeline(id: string, after: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for (;;) {
    const from = entries.at(-1)?.seq ?? after
    const page = await get<C['TimelinePage']>(`/cases/v1/cases/${id}/timeline?after=${from}&limit=${PAGE}`)
    entries.push(...page.items.map(entryOf))
    if (page.items.length === 0 || (entries.at(-1)?.seq ?? 0) >= page.last_seq) return entries
  }
}

export const reply = async (id: string, words: string, interactionId: string | null, key: string) =>
  entryOf(await post<C['EntryView'], C['SendMessage']>(`/cases/v1/cases/${id}/messages`, { text: words, interaction_id: interactionId, attachment_ids: [] }, key))
export const addNote = async (id: string, words: string, key: string) =>
  entryOf(await post<C['EntryView'], C['AddNote']>(`/cases/v1/cases/${id}/notes`, { text: words, attachment_ids: [], mentions: [] }, key))

interface StepDone {
  step: string
  fields: Record<string, unknown>
  outcome: string | null
  reason: string | null
}

export const completeStep = async (id: string, { step, fields, outcome, reason }: StepDone, key: string) => {
  const body: C['CompleteStep'] = { step, fields, outcome, deviation_reason: reason, complete: true }
  return caseOf(await post<C['CaseView'], typeof body>(`/cases/v1/cases/${id}/steps`, body, key))
}

interface Closing {
  resolution: string
  fields: Record<string, unknown>
  reason: string | null
  /** The newest entry the agent saw: what the customer wrote after it refuses the close. */
  seenSeq: number
}

export const closeCase = async (id: string, { resolution, fields, reason, seenSeq }: Closing, key: string) => {
  const body: C['CloseCase'] = { resolution, fields, deviation_reason: reason, seen_seq: seenSeq }
  return caseOf(await post<C['CaseView'], typeof body>(`/cases/v1/cases/${id}/close`, body, key))
}

const procedures = new Map<string, Promise<Step[]>>()

/** The steps of a version of a procedure; a version never changes, so each is read once. */
export function procedureSteps(id: string, version: number): Promise<Step[]> {
  const key = `${id}.${version}`
  let found = procedures.get(key)
  if (!found) {
    found = get<C['ProcedureView']>(`/cases/v1/procedures/${id}?version=${version}`).then((raw) => {
      const steps = raw.definition['steps'] as (Step & { end?: boolean })[]
      return steps.filter((step) => !step.end).map((step) => ({ id: step.id, label: step.label }))
    })
    found.catch(() => procedures.delete(key))
    procedures.set(key, found)
  }
  return found
}

export const customer = async (id: string): Promise<Customer> => {
  const raw = await get<C['CustomerView']>(`/cases/v1/customers/${id}`)
  return {
    id, name: raw.name, language: raw.language,
    contactPoints: raw.contact_points.map((point) => ({ id: point.id, address: point.address, verified: point.verification !== 'none' })),
    cases: raw.cases.map((one) => ({
      id: one.id, no: one.case_no, state: one.state === 'closed' ? 'closed' : 'open', openedAt: one.opened_at, waybillNo: one.waybill_no,
    })),
  }
}

// Tracking

/** Words that a service gives by language tag. */
const wordsOf = (raw: Record<string, string>): Label => ({ zh: raw['zh-CN'] ?? '', en: raw['en'] ?? '' })

export const detect = async (words: string): Promise<Candidate[]> =>
  (await get<T['DetectView']>(`/tracking/v1/detect?text=${encodeURIComponent(words.slice(0, 4000))}`)).candidates.map((raw) => ({
    waybillNo: raw.waybill_no, carrier: raw.carrier, confidence: raw.confidence, reasons: raw.reasons.map((one) => wordsOf(one.text)),
  }))

/** `phone`: of sender or recipient, or its last four digits; some carriers answer only with it. */
export const parcel = async (no: string, carrier: string | null, phone: string | null): Promise<Parcel> => {
  const query = new URLSearchParams({ ...(carrier ? { carrier } : {}), ...(phone ? { phone } : {}) })
  const raw = await get<T['ParcelView']>(`/tracking/v1/parcels/${encodeURIComponent(no)}?${query}`)
  return {
    waybillNo: raw.waybill_no, carrier: raw.carrier, carrierName: wordsOf(raw.carrier_name), status: raw.status, statusText: wordsOf(raw.status_text),
    returning: raw.direction === 'return',
    milestones: Object.entries(raw.milestones)
      .map(([name, one]) => ({ name, at: one.last }))
      .sort((a, b) => a.at.localeCompare(b.at)),
    exceptions: raw.exceptions.filter((one) => one.open).map((one) => ({ code: one.code, text: wordsOf(one.text), evidence: one.evidence })),
    trackingState: raw.tracking_state,
    events: raw.events.map((one) => ({ id: one.key, at: one.at, text: one.text, location: one.location })),
    asOf: raw.as_of, ageSeconds: raw.age_seconds, source: raw.source, stale: raw.stale, answer: wordsOf(raw.answer),
  }
}

// Channels

export const agentTypes = (id: string) => request('POST', `/chat/v1/interactions/${id}/typing`, { body: { on: true } })
/** Saves a customer's file. The token goes to this origin only, whatever address a message carries. */
export async function download(file: Attachment): Promise<void> {
  const address = new URL(file.url, location.origin)
  if (address.origin !== location.origin) throw new Error(address.href)
  const response = await fetch(address, { headers: { Authorization: `Bearer ${await session.token()}` }, cache: 'no-store' })
  if (!response.ok) throw await problemOf(response)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = file.name
  link.click()
  URL.revokeObjectURL(link.href)
}

// Insights

export const board = async (): Promise<Board> => {
  const raw = await get<I['Live']>('/insights/v1/live/snapshot')
  return {
    agents: raw.agents,
    queues: raw.report.rows.map((row) => ({
      queue: row.queue ?? '', channel: row.channel ?? '', waiting: row.waiting, longestWaitSeconds: row.longest_wait_seconds,
      serviceLevel: row.service_level.value, asaSeconds: row.asa_seconds, abandonment: row.abandonment.value,
    })),
  }
}

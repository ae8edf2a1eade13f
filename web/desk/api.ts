import { problemOf, type Ask } from '../shared/http'
import type {
  Agent, Assignment, Attachment, Board, Candidate, Case, Channel, Customer, Delivery, Entry, Field, Interaction, Label, Offer, Parcel,
  Presence, Procedure, Step,
} from './model'
import { request, session } from './session'

type Raw = Record<string, any>

const get = async (path: string, ask: Ask = {}): Promise<Raw> => (await request<Raw>('GET', path, ask)).data
const post = async (path: string, body: unknown, key: string): Promise<Raw> => (await request<Raw>('POST', path, { body, key })).data

// Routing

const agentOf = (raw: Raw): Agent => ({ id: raw.agent_id, name: raw.name, presence: raw.presence, reason: raw.reason ?? null })
export const me = async () => agentOf(await get('/routing/v1/agents/me'))
export const setPresence = async (presence: Presence, reason: string | null) =>
  agentOf((await request<Raw>('PUT', '/routing/v1/agents/me', { body: { presence, reason } })).data)

const offerOf = (raw: Raw): Offer => ({
  id: raw.offer_id, workItemId: raw.work_item_id, caseId: raw.case_id, caseNo: raw.case_no, channel: raw.channel, queue: raw.queue,
  waybillNo: raw.waybill_no ?? null, customerName: raw.customer_name ?? null, preview: raw.preview ?? null,
  enqueuedAt: raw.enqueued_at, offeredAt: raw.offered_at, expiresAt: raw.expires_at,
})
const assignmentOf = (raw: Raw): Assignment => ({
  workItemId: raw.work_item_id, caseId: raw.case_id, caseNo: raw.case_no, interactionId: raw.interaction_id ?? null, channel: raw.channel,
  queue: raw.queue, state: raw.state, acceptedAt: raw.accepted_at, wrapUpUntil: raw.wrap_up_until ?? null, customerName: raw.customer_name ?? null, preview: raw.preview ?? null,
  waybillNo: raw.waybill_no ?? null,
})
export const myWork = async () => {
  const raw = await get('/routing/v1/agents/me/work')
  return { offers: (raw.offers as Raw[]).map(offerOf), assignments: (raw.assignments as Raw[]).map(assignmentOf) }
}
export const accept = (id: string, key: string) => post(`/routing/v1/offers/${id}/accept`, {}, key)
export const decline = (id: string, key: string) => post(`/routing/v1/offers/${id}/decline`, {}, key)
export const finishWrapUp = (workItemId: string, key: string) => post(`/routing/v1/assignments/${workItemId}/complete`, {}, key)

// Cases

const interactionOf = (raw: Raw): Interaction => ({
  id: raw.id, channel: raw.channel, address: raw.address, startedAt: raw.started_at, endedAt: raw.ended_at, queuedAt: raw.queued_at,
  answeredAt: raw.answered_at, canReply: raw.can_reply,
})

const fieldOf = (raw: Raw): Field => ({
  name: raw.name, label: raw.label, type: raw.type, options: raw.options, mandatory: raw.mandatory, value: raw.value,
})

const procedureOf = (raw: Raw): Procedure => ({
  id: raw.id, label: raw.label, version: raw.version, step: raw.step, stepLabel: raw.step_label, actorLabel: raw.actor_label, note: raw.note,
  fields: (raw.asked as Raw[]).map(fieldOf),
  ways: (raw.ways as Raw[]).map((way) => ({ outcome: way.outcome, label: way.label ?? way.to_label, missing: way.missing })),
  deadlines: (raw.deadlines as Raw[]).map((one) => ({ limit: one.limit, step: one.step, dueAt: one.due_at, legal: one.legal })),
  ended: raw.ended,
})

const caseOf = (raw: Raw): Case => ({
  id: raw.id, version: raw.version, no: raw.case_no, state: raw.state, ownerId: raw.owner, ownerName: raw.owner_name,
  customerId: raw.customer_id, customerName: raw.customer_name, channel: raw.channel as Channel, language: raw.language, waybillNo: raw.waybill_no,
  openedAt: raw.opened_at, interactions: (raw.interactions as Raw[]).map(interactionOf), procedure: procedureOf(raw.procedure_state),
})

export const myCaseIds = async () => ((await get('/cases/v1/cases?mine=true&state=open&limit=100')).items as Raw[]).map((raw) => String(raw.id))
export const readCase = async (id: string) => caseOf(await get(`/cases/v1/cases/${id}`))

/** An entry as the timeline and the stream carry it. */
export function entryOf(raw: Raw): Entry {
  const data = (raw.data ?? {}) as Raw
  const base = { seq: raw.seq, at: raw.occurred_at, channel: raw.channel, interactionId: raw.interaction_id, actor: raw.actor }
  if (raw.kind === 'message_in' || raw.kind === 'message_out') {
    return {
      ...base,
      kind: 'message',
      inbound: raw.kind === 'message_in',
      author: data.author_name ?? null,
      automatic: data.automatic === true,
      subject: data.subject ?? null,
      text: raw.text ?? '',
      html: data.html ?? null,
      attachments: (raw.attachments as Raw[]).map((file) => ({
        id: file.attachment_id, name: file.name, contentType: file.content_type, size: file.size, url: file.url,
      })),
      delivery: raw.kind === 'message_out' ? (raw.status as Delivery) : null,
      problem: data.error_text ?? data.error_code ?? null,
    }
  }
  if (raw.kind === 'note') return { ...base, kind: 'note', author: data.author_name ?? null, text: raw.text ?? '' }
  const words: Label = raw.texts ? { zh: raw.texts['zh-CN'], en: raw.texts.en } : { zh: raw.text ?? raw.kind, en: raw.text ?? raw.kind }
  return { ...base, kind: 'fact', what: raw.kind, text: words, step: String(data.code ?? '').startsWith('step.completed') ? data.step : null }
}

const PAGE = 200

/** The entries after `after`, all of them. */
export async function readTimeline(id: string, after: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for (;;) {
    const from = entries.at(-1)?.seq ?? after
    const page = await get(`/cases/v1/cases/${id}/timeline?after=${from}&limit=${PAGE}`)
    entries.push(...(page.items as Raw[]).map(entryOf))
    if (page.items.length === 0 || (entries.at(-1)?.seq ?? 0) >= page.last_seq) return entries
  }
}

export const reply = async (id: string, text: string, interactionId: string | null, key: string) =>
  entryOf(await post(`/cases/v1/cases/${id}/messages`, { text, ...(interactionId ? { interaction_id: interactionId } : {}) }, key))
export const addNote = async (id: string, text: string, key: string) => entryOf(await post(`/cases/v1/cases/${id}/notes`, { text }, key))

interface StepDone {
  step: string
  fields: Record<string, unknown>
  outcome: string | null
  reason: string | null
}

export const completeStep = async (id: string, { step, fields, outcome, reason }: StepDone, key: string) =>
  caseOf(await post(`/cases/v1/cases/${id}/steps`, { step, fields, outcome, deviation_reason: reason }, key))

interface Closing {
  resolution: string
  fields: Record<string, unknown>
  reason: string | null
  /** The newest entry the agent saw: what the customer wrote after it refuses the close. */
  seenSeq: number
}

export const closeCase = async (id: string, { resolution, fields, reason, seenSeq }: Closing, key: string) =>
  caseOf(await post(`/cases/v1/cases/${id}/close`, { resolution, fields, deviation_reason: reason, seen_seq: seenSeq }, key))

const procedures = new Map<string, Promise<Step[]>>()

/** The steps of a version of a procedure; a version never changes, so each is read once. */
export function procedureSteps(id: string, version: number): Promise<Step[]> {
  const key = `${id}.${version}`
  let found = procedures.get(key)
  if (!found) {
    found = get(`/cases/v1/procedures/${id}?version=${version}`).then((raw) =>
      (raw.definition.steps as Raw[]).filter((step) => !step.end).map((step) => ({ id: step.id, label: step.label })),
    )
    found.catch(() => procedures.delete(key))
    procedures.set(key, found)
  }
  return found
}

export const customer = async (id: string): Promise<Customer> => {
  const raw = await get(`/cases/v1/customers/${id}`)
  return {
    id, name: raw.name, language: raw.language,
    contactPoints: (raw.contact_points as Raw[]).map((point) => ({
      id: point.id, address: point.address, verified: !['none', 'unverified'].includes(point.verification),
    })),
    cases: (raw.cases as Raw[]).map((one) => ({ id: one.id, no: one.case_no, state: one.state, openedAt: one.opened_at, waybillNo: one.waybill_no })),
  }
}

// Tracking

/** Words that a service gives by language tag. */
const wordsOf = (raw: Raw): Label => ({ zh: raw['zh-CN'], en: raw.en })

export const detect = async (text: string): Promise<Candidate[]> =>
  ((await get(`/tracking/v1/detect?text=${encodeURIComponent(text.slice(0, 4000))}`)).candidates as Raw[]).map((raw) => ({
    waybillNo: raw.waybill_no, carrier: raw.carrier, confidence: raw.confidence, reasons: (raw.reasons as Raw[]).map((one) => wordsOf(one.text)),
  }))

/** `phone`: of sender or recipient, or its last four digits; some carriers answer only with it. */
export const parcel = async (no: string, carrier: string | null, phone: string | null): Promise<Parcel> => {
  const query = new URLSearchParams({ ...(carrier ? { carrier } : {}), ...(phone ? { phone } : {}) })
  const raw = await get(`/tracking/v1/parcels/${encodeURIComponent(no)}?${query}`)
  return {
    waybillNo: raw.waybill_no, carrier: raw.carrier, carrierName: wordsOf(raw.carrier_name), status: raw.status, statusText: wordsOf(raw.status_text),
    returning: raw.direction === 'return',
    milestones: Object.entries(raw.milestones as Record<string, Raw>)
      .map(([name, one]) => ({ name, at: String(one.last) }))
      .sort((a, b) => a.at.localeCompare(b.at)),
    exceptions: (raw.exceptions as Raw[]).filter((one) => one.open).map((one) => ({ code: one.code, text: wordsOf(one.text), evidence: one.evidence })),
    trackingState: raw.tracking_state,
    events: (raw.events as Raw[]).map((one) => ({ id: one.key, at: one.at, text: one.text, location: one.location })),
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
  const raw = await get('/insights/v1/live/snapshot')
  return {
    agents: raw.agents,
    queues: (raw.report.rows as Raw[]).map((row) => ({
      queue: row.queue ?? '', channel: row.channel ?? '', waiting: row.waiting, longestWaitSeconds: row.longest_wait_seconds,
      serviceLevel: row.service_level.value, asaSeconds: row.asa_seconds, abandonment: row.abandonment.value,
    })),
  }
}

import type { Ask } from '../shared/http'
import type {
  Agent, Assignment, Attachment, Board, Candidate, Case, Channel, Customer, Entry, Interaction, Offer, Parcel, Presence,
} from './model'
import { request } from './session'

type Raw = Record<string, any>

const get = async (path: string, ask: Ask = {}): Promise<Raw> => (await request<Raw>('GET', path, ask)).data
const post = async (path: string, body: unknown, key: string): Promise<Raw> => (await request<Raw>('POST', path, { body, key })).data

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
  queue: raw.queue, state: raw.state, acceptedAt: raw.accepted_at, customerName: raw.customer_name ?? null, preview: raw.preview ?? null,
  waybillNo: raw.waybill_no ?? null,
})
export const myWork = async () => {
  const raw = await get('/routing/v1/agents/me/work')
  return { offers: (raw.offers as Raw[]).map(offerOf), assignments: (raw.assignments as Raw[]).map(assignmentOf) }
}
export const accept = (id: string, key: string) => post(`/routing/v1/offers/${id}/accept`, {}, key)
export const decline = (id: string, key: string) => post(`/routing/v1/offers/${id}/decline`, {}, key)

const interactionOf = (raw: Raw): Interaction => ({
  id: raw.interaction_id, channel: raw.channel, address: raw.address, account: raw.account ?? null, startedAt: raw.started_at,
  endedAt: raw.ended_at ?? null, queuedAt: raw.queued_at ?? null, answeredAt: raw.answered_at ?? null,
})
const caseOf = (raw: Raw, etag: string | null): Case => ({
  id: raw.case_id, etag, no: raw.case_no, state: raw.state, ownerId: raw.owner ?? null, ownerName: raw.owner_name ?? null,
  customerId: raw.customer_id ?? 'x', customerName: raw.customer_name ?? null, address: raw.address ?? null, channel: raw.channel as Channel,
  waybillNo: raw.waybill_no ?? null, openedAt: raw.opened_at, closedAt: raw.closed_at ?? null, resolution: raw.resolution ?? null,
  interactions: (raw.interactions ?? []).map(interactionOf), procedure: raw.procedure ?? null,
})
export const myCases = async () => ((await get('/cases/v1/cases?mine=true&state=open')).items as Raw[]).map((raw) => caseOf(raw, null))
export const readCase = async (id: string) => {
  const answer = await request<Raw>('GET', `/cases/v1/cases/${id}`)
  return caseOf(answer.data, answer.etag)
}
const entryOf = (raw: Raw): Entry => {
  const base = { id: raw.entry_id, seq: raw.seq, at: raw.occurred_at, channel: raw.channel ?? null, interactionId: raw.interaction_id ?? null }
  if (raw.kind === 'message')
    return {
      ...base, kind: 'message', inbound: raw.direction === 'inbound', author: raw.author ?? null, automatic: raw.automatic ?? false,
      subject: raw.subject ?? null, text: raw.text, html: raw.html ?? null, attachments: [], delivery: raw.status ?? null, problem: raw.error_text ?? null,
    }
  if (raw.kind === 'note') return { ...base, kind: 'note', author: raw.author ?? null, text: raw.text }
  return { ...base, kind: 'fact', what: raw.kind.replaceAll('.', '_'), author: raw.author ?? null, text: raw.text ?? null }
}
export const readTimeline = async (id: string) => ((await get(`/cases/v1/cases/${id}/timeline`)).items as Raw[]).map(entryOf)
export const reply = (id: string, text: string, interactionId: string | null, key: string) =>
  post(`/cases/v1/cases/${id}/messages`, { text, ...(interactionId ? { interaction_id: interactionId } : {}) }, key)
export const addNote = (id: string, text: string, key: string) => post(`/cases/v1/cases/${id}/notes`, { text }, key)
export const completeStep = (one: Case, step: string, fields: Record<string, unknown>, outcome: string | null, reason: string | null, key: string) =>
  post(`/cases/v1/cases/${one.id}/steps`, { step, fields, outcome, reason }, key)
export const closeCase = (one: Case, resolution: string, fields: Record<string, unknown>, reason: string | null, key: string) =>
  post(`/cases/v1/cases/${one.id}/close`, { resolution, fields, deviation_reason: reason }, key)
export const customer = async (id: string): Promise<Customer> => {
  const raw = await get(`/cases/v1/customers/${id}`)
  return { id, name: raw.name, language: raw.language, contactPoints: raw.contact_points, cases: [] }
}
export const detect = async (text: string): Promise<Candidate[]> =>
  ((await get(`/tracking/v1/detect?text=${encodeURIComponent(text)}`)).candidates as Raw[]).map((raw) => ({
    waybillNo: raw.waybill_no, carrier: raw.carrier, confidence: raw.confidence, reasons: raw.reasons,
  }))
export const parcel = async (no: string, carrier?: string): Promise<Parcel> => {
  const raw = await get(`/tracking/v1/parcels/${encodeURIComponent(no)}${carrier ? `?carrier=${carrier}` : ''}`)
  return {
    waybillNo: raw.waybill_no, carrier: raw.carrier, status: raw.status, direction: raw.direction,
    milestones: Object.entries(raw.milestones as Record<string, string>).map(([name, at]) => ({ name, at })),
    exceptions: raw.exceptions, trackingState: raw.tracking_state, events: raw.events, asOf: raw.as_of, ageSeconds: raw.age_seconds, source: raw.source,
  }
}
export const agentTypes = (id: string) => request('POST', `/chat/v1/interactions/${id}/typing`, { body: { on: true } })
export const mute = (id: string, on: boolean, key: string) => post(`/voice/v1/interactions/${id}/mute`, { on }, key)
export const hangUp = (id: string, key: string) => post(`/voice/v1/interactions/${id}/hangup`, {}, key)
export const download = async (file: Attachment) => void file
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

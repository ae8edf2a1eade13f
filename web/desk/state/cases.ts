import { computed, signal } from '@preact/signals'
import { Problem } from '../../shared/http'
import { recall, remember } from '../../shared/settings'
import type { StreamEvent } from '../../shared/stream'
import * as api from '../api'
import type { Case, Entry } from '../model'
import { outbox } from './outbox'
import { tellProblem } from './tells'

/** A case as this page knows it; `entries` is null until the timeline was read. */
export interface Known {
  case: Case
  entries: Entry[] | null
}

const SEEN = 'posthouse.desk.seen.'

export const known = signal<ReadonlyMap<string, Known>>(new Map())
export const mine = signal<readonly string[]>([])
export const selectedId = signal<string | null>(fromHash())
export const selected = computed(() => (selectedId.value ? (known.value.get(selectedId.value) ?? null) : null))
export const loadFailure = signal<{ id: string; error: unknown } | null>(null)
const seen = signal<ReadonlyMap<string, number>>(new Map())

function fromHash(): string | null {
  return /^#case\/([\w-]+)$/.exec(location.hash)?.[1] ?? null
}

addEventListener('hashchange', () => {
  const id = fromHash()
  if (id !== selectedId.value) select(id)
})

export function select(id: string | null): void {
  selectedId.value = id
  loadFailure.value = null
  history.replaceState(null, '', id ? `#case/${id}` : location.pathname)
  if (id) void refreshCase(id)
}

function put(next: Known): void {
  known.value = new Map(known.value).set(next.case.id, next)
}

const running = new Map<string, Promise<void>>()
const again = new Set<string>()

/** Reads a case and its timeline. Calls while one is under way share a single further read: none is lost, none piles up. */
export function refreshCase(id: string): Promise<void> {
  const current = running.get(id)
  if (current) {
    again.add(id)
    return current.then(() => running.get(id) ?? undefined)
  }
  const run = (async () => {
    try {
      const [fresh, entries] = await Promise.all([api.readCase(id), api.readTimeline(id)])
      put({ case: fresh, entries })
      if (loadFailure.value?.id === id) loadFailure.value = null
    } catch (error) {
      if (!known.value.has(id)) loadFailure.value = { id, error }
      else if (!(error instanceof Problem && error.passing)) tellProblem(error)
    }
  })().finally(() => {
    running.delete(id)
    if (again.delete(id)) void refreshCase(id)
  })
  running.set(id, run)
  return run
}

/** Reads which open cases are mine; `deep` also reads each of them again, after a gap in the stream. */
export async function refreshMyCases(deep = false): Promise<void> {
  try {
    const cases = await api.myCases()
    const ids = cases.map((one) => one.id)
    const order = mine.value.filter((id) => ids.includes(id))
    mine.value = [...order, ...ids.filter((id) => !order.includes(id))]
    const needed = ids.filter((id) => deep || !known.value.get(id)?.entries)
    if (deep && selectedId.value && !needed.includes(selectedId.value)) needed.push(selectedId.value)
    await Promise.all(needed.map(refreshCase))
  } catch (error) {
    if (!(error instanceof Problem && error.passing)) tellProblem(error)
  }
}

export function onCaseEvent(event: StreamEvent): void {
  const id = String(event.data['case_id'] ?? '')
  if (!id) return void refreshMyCases()
  // While a reply is on its way its entry would show twice; the timeline is read when the reply has settled.
  if (outbox(id).value.some((one) => one.state === 'sending')) return
  void refreshCase(id)
  if (!mine.value.includes(id)) void refreshMyCases()
}

function seenUpTo(id: string): number {
  return seen.value.get(id) ?? Number(recall(SEEN + id) ?? 0)
}

/** How many messages of the customer came after the agent last looked. */
export function unread(id: string): number {
  const last = seenUpTo(id)
  return known.value.get(id)?.entries?.filter((entry) => entry.seq > last && entry.kind === 'message' && entry.inbound).length ?? 0
}

/** The agent has the newest entry of the case before their eyes. */
export function markSeen(id: string): void {
  const newest = known.value.get(id)?.entries?.at(-1)?.seq ?? 0
  if (newest <= seenUpTo(id)) return
  seen.value = new Map(seen.value).set(id, newest)
  remember(SEEN + id, String(newest))
}

/** The interaction a reply goes into: the newest one that is open, else the newest. */
export function replyInteraction(one: Case) {
  const byStart = [...one.interactions].sort((a, b) => b.startedAt.localeCompare(a.startedAt))
  return byStart.find((interaction) => !interaction.endedAt) ?? byStart[0] ?? null
}

import { computed, signal } from '@preact/signals'
import { Problem } from '../../shared/http'
import { recall, remember } from '../../shared/settings'
import type { StreamEvent } from '../../shared/stream'
import * as api from '../api'
import type { Case, Entry, Interaction } from '../model'
import { session } from '../session'
import { arrived } from './outbox'
import { t } from '../texts'
import { tellProblem } from './tells'

/** A case as this page knows it, with its whole timeline. */
export interface Known {
  case: Case
  entries: Entry[]
}

const SEEN = 'posthouse.desk.seen.'

export const known = signal<ReadonlyMap<string, Known>>(new Map())
/** The cases that are mine, in the order in which they became so: nothing in the list moves when customers write. */
export const mine = signal<readonly string[]>([])
export const selectedId = signal<string | null>(null)
export const selected = computed(() => (selectedId.value ? (known.value.get(selectedId.value) ?? null) : null))
export const loadFailure = signal<{ id: string; error: unknown } | null>(null)
const seen = signal<ReadonlyMap<string, number>>(new Map())

const fromHash = () => /^#case\/([\w-]+)$/.exec(location.hash)?.[1] ?? null

/** Opens the case that the address names, now and whenever the address changes; returns how to stop. */
export function followAddress(): () => void {
  const open = () => {
    const id = fromHash()
    if (id !== selectedId.value) select(id)
  }
  open()
  addEventListener('hashchange', open)
  return () => removeEventListener('hashchange', open)
}

export function select(id: string | null): void {
  selectedId.value = id
  loadFailure.value = null
  history.replaceState(null, '', id ? `#case/${id}` : location.pathname)
  if (id && !known.value.has(id)) void refreshCase(id)
}

function put(id: string, change: (before: Known | undefined) => Known): void {
  known.value = new Map(known.value).set(id, change(known.value.get(id)))
}

/** Runs one read of a thing at a time; calls meanwhile share one further read, so none is lost and none pile up. */
function sharing(read: (id: string) => Promise<void>): (id: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const next = new Map<string, Promise<void>>()
  const start = (id: string): Promise<void> => {
    const run = read(id).finally(() => running.delete(id))
    running.set(id, run)
    return run
  }
  return (id) => {
    const current = running.get(id)
    if (!current) return start(id)
    let waiting = next.get(id)
    if (!waiting) {
      waiting = current.then(() => {
        next.delete(id)
        return start(id)
      })
      next.set(id, waiting)
    }
    return waiting
  }
}

/** Cases whose work was just accepted: until their service has heard of it, it may refuse to show them. */
const expected = new Map<string, number>()
const EXPECT_MS = 10_000
const ASK_AGAIN_MS = 300

/** The case is about to become mine: opens it, and waits for it if need be. */
export function openAccepted(id: string): void {
  expected.set(id, Date.now() + EXPECT_MS)
  select(id)
}

async function orTell(id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    if (loadFailure.value?.id === id) loadFailure.value = null
  } catch (error) {
    const refused = error instanceof Problem && (error.status === 403 || error.status === 404)
    if (refused && (expected.get(id) ?? 0) > Date.now()) setTimeout(() => void refreshCase(id), ASK_AGAIN_MS)
    else if (!known.value.has(id)) loadFailure.value = { id, error }
    else if (!(error instanceof Problem && error.passing)) tellProblem(error)
  }
}

/** Reads a case, and whatever its timeline has beyond what is known. */
export const refreshCase = sharing((id) =>
  orTell(id, async () => {
    const after = known.value.get(id)?.entries.at(-1)?.seq ?? 0
    const [fresh, entries] = await Promise.all([api.readCase(id), api.readTimeline(id, after)])
    put(id, (before) => ({ case: fresh, entries: before?.entries ?? [] }))
    for (const entry of entries) addEntry(id, entry, after > 0)
  }),
)

const rereadWhole = (id: string) =>
  orTell(id, async () => {
    const [fresh, entries] = await Promise.all([api.readCase(id), api.readTimeline(id, 0)])
    put(id, () => ({ case: fresh, entries }))
  })

/** A change returned the case as it is now. */
export const caseIs = (fresh: Case) => put(fresh.id, (before) => ({ case: fresh, entries: before?.entries ?? [] }))

/** Puts an entry where it belongs; one that leaves a gap has the missing ones read. `live`: it has just happened. */
export function addEntry(id: string, entry: Entry, live = true): void {
  const before = known.value.get(id)
  if (!before) return
  const last = before.entries.at(-1)?.seq ?? 0
  if (entry.seq > last + 1) return void refreshCase(id)
  const isNews = live && entry.seq > last
  if (isNews && entry.kind === 'message' && !entry.inbound && entry.actor === session.user.value?.id) arrived(id, entry.text)
  const entries = entry.seq > last ? [...before.entries, entry] : before.entries.map((one) => (one.seq === entry.seq ? entry : one))
  put(id, () => ({ case: before.case, entries }))
}

/** Reads which open cases are mine; `deep` reads each of them anew, for when events may have been missed. */
export async function refreshMyCases(deep = false): Promise<void> {
  try {
    const ids = await api.myCaseIds()
    const order = mine.value.filter((id) => ids.includes(id))
    mine.value = [...order, ...ids.filter((id) => !order.includes(id)).reverse()]
    const wanted = new Set(deep ? [...ids, ...known.value.keys()] : ids.filter((id) => !known.value.has(id)))
    await Promise.all([...wanted].map((id) => (known.value.has(id) ? rereadWhole(id) : refreshCase(id))))
  } catch (error) {
    if (!(error instanceof Problem && error.passing)) tellProblem(error)
  }
}

/** Kinds of entries that come with a change of the case itself, or of its interactions. */
const CHANGES_CASE = new Set(['call', 'status', 'step', 'self_service'])

export function onCaseEvent({ type, data }: StreamEvent): void {
  if (type === 'case.assigned') {
    const id = String((data['case'] as { id: string }).id)
    if (!mine.value.includes(id)) mine.value = [...mine.value, id]
    return void refreshCase(id)
  }
  if (type === 'case.released') {
    mine.value = mine.value.filter((id) => id !== data['case_id'])
    return
  }
  if (type === 'case.changed') {
    const id = String(data['id'])
    if (data['state'] === 'closed') mine.value = mine.value.filter((one) => one !== id)
    if (known.value.get(id)?.case.version !== data['version']) void refreshCase(id)
    return
  }
  const id = String(data['case_id'])
  if (type === 'timeline.added' && CHANGES_CASE.has(String(data['kind']))) return void refreshCase(id)
  if (type.startsWith('timeline.')) addEntry(id, api.entryOf(data as Parameters<typeof api.entryOf>[0]))
}

function seenUpTo(id: string): number {
  return seen.value.get(id) ?? Number(recall(SEEN + id) ?? 0)
}

/** How many messages of the customer came after the agent last looked or answered. */
export function unread(id: string): number {
  const entries = known.value.get(id)?.entries ?? []
  const answered = entries.findLast((entry) => entry.kind === 'message' && !entry.inbound)?.seq ?? 0
  const last = Math.max(seenUpTo(id), answered)
  return entries.filter((entry) => entry.seq > last && entry.kind === 'message' && entry.inbound).length
}

/** The agent has the newest entry of the case before their eyes. */
export function markSeen(id: string): void {
  const newest = known.value.get(id)?.entries.at(-1)?.seq ?? 0
  if (newest <= seenUpTo(id)) return
  seen.value = new Map(seen.value).set(id, newest)
  remember(SEEN + id, String(newest))
}

/** Where a reply goes: where the customer wrote last if that can be answered, else the newest that can; null if none. */
export function replyInteraction({ case: one, entries }: Known): Interaction | null {
  const usable = one.interactions.filter((interaction) => interaction.canReply)
  const wroteLast = entries.findLast((entry) => entry.kind === 'message' && entry.inbound)?.interactionId
  const rank = (interaction: Interaction) => `${+(interaction.id === wroteLast)}${+!interaction.endedAt}${interaction.startedAt}`
  return usable.sort((a, b) => rank(b).localeCompare(rank(a)))[0] ?? null
}

/** The case's newest call, if it has one. */
export const callOf = (one: Case): Interaction | null => one.interactions.filter((interaction) => interaction.channel === 'voice').at(-1) ?? null

/** The address the customer was last in touch from; null where addresses mean nothing to people (chat, Telegram). */
export function addressOf(one: Case): string | null {
  const last = one.interactions.at(-1)
  return last && last.channel !== 'chat' && last.channel !== 'telegram' ? last.address : null
}

/** What to call the customer of a case. */
export const nameOf = (one: Case): string =>
  one.customerName ?? addressOf(one) ?? t(one.channel === 'chat' ? 'customer.visitor' : 'case.unknownCustomer')

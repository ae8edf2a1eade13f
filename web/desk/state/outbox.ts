import { signal, type Signal } from '@preact/signals'
import { newKey } from '../../shared/http'
import { recall, remember } from '../../shared/settings'
import * as api from '../api'
import type { Entry } from '../model'
import { words } from './tells'

/** A reply on its way to the service. `failed` ones wait for the agent; the key makes sending again safe. */
export interface Outgoing {
  key: string
  text: string
  interactionId: string | null
  at: string
  state: 'sending' | 'failed'
  problem: string
}

const PREFIX = 'posthouse.desk.outbox.'
const outboxes = new Map<string, Signal<Outgoing[]>>()

/** The replies of a case that the service has not confirmed. Survives a reload: what was under way then may be sent again. */
export function outbox(caseId: string): Signal<Outgoing[]> {
  let found = outboxes.get(caseId)
  if (!found) {
    const stored = JSON.parse(recall(PREFIX + caseId) ?? '[]') as Outgoing[]
    found = signal(stored.map((one) => ({ ...one, state: 'failed' as const })))
    outboxes.set(caseId, found)
  }
  return found
}

function keep(caseId: string, next: Outgoing[]): void {
  outbox(caseId).value = next
  remember(PREFIX + caseId, next.length ? JSON.stringify(next) : null)
}

/** Shows the reply at once and sends it; `confirmed` is given the timeline entry it became. */
export async function send(caseId: string, text: string, interactionId: string | null, confirmed: (entry: Entry) => void): Promise<void> {
  const reply: Outgoing = { key: newKey(), text, interactionId, at: new Date().toISOString(), state: 'sending', problem: '' }
  keep(caseId, [...outbox(caseId).value, reply])
  await attempt(caseId, reply, confirmed)
}

export async function sendAgain(caseId: string, reply: Outgoing, confirmed: (entry: Entry) => void): Promise<void> {
  change(caseId, reply.key, { state: 'sending', problem: '' })
  await attempt(caseId, reply, confirmed)
}

export const discard = (caseId: string, key: string) => keep(caseId, outbox(caseId).value.filter((one) => one.key !== key))

/** The stream brought one of my replies before its own answer did (or the answer was lost): it is no longer on its way. */
export function arrived(caseId: string, text: string): void {
  const mine = outbox(caseId).value.find((one) => one.text === text)
  if (mine) discard(caseId, mine.key)
}

function change(caseId: string, key: string, to: Partial<Outgoing>): void {
  keep(caseId, outbox(caseId).value.map((one) => (one.key === key ? { ...one, ...to } : one)))
}

async function attempt(caseId: string, reply: Outgoing, confirmed: (entry: Entry) => void): Promise<void> {
  try {
    const entry = await api.reply(caseId, reply.text, reply.interactionId, reply.key)
    discard(caseId, reply.key)
    confirmed(entry)
  } catch (error) {
    const { title, detail } = words(error)
    change(caseId, reply.key, { state: 'failed', problem: detail || title })
  }
}

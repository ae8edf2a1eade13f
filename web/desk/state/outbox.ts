import { signal, type Signal } from '@preact/signals'
import { newKey } from '../../shared/http'
import { recall, remember } from '../../shared/settings'
import * as api from '../api'
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

/** Shows the reply at once and sends it; `settled` reads the timeline before it leaves the outbox, so nothing flickers. */
export async function send(caseId: string, text: string, interactionId: string | null, settled: () => Promise<void>): Promise<void> {
  const reply: Outgoing = { key: newKey(), text, interactionId, at: new Date().toISOString(), state: 'sending', problem: '' }
  keep(caseId, [...outbox(caseId).value, reply])
  await attempt(caseId, reply, settled)
}

export async function sendAgain(caseId: string, reply: Outgoing, settled: () => Promise<void>): Promise<void> {
  if (reply.state === 'sending') return
  change(caseId, reply.key, { state: 'sending', problem: '' })
  await attempt(caseId, reply, settled)
}

export const discard = (caseId: string, key: string) => keep(caseId, outbox(caseId).value.filter((one) => one.key !== key))

function change(caseId: string, key: string, to: Partial<Outgoing>): void {
  keep(caseId, outbox(caseId).value.map((one) => (one.key === key ? { ...one, ...to } : one)))
}

async function attempt(caseId: string, reply: Outgoing, settled: () => Promise<void>): Promise<void> {
  try {
    await api.reply(caseId, reply.text, reply.interactionId, reply.key)
  } catch (error) {
    const { title, detail } = words(error)
    await settled()
    change(caseId, reply.key, { state: 'failed', problem: detail || title })
    return
  }
  await settled()
  discard(caseId, reply.key)
}

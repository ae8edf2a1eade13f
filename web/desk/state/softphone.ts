import { signal } from '@preact/signals'
import { request, session } from '../session'

/** A leg of the agent's phone, as far as the desk needs to know it. */
interface Leg {
  sid: string
  status: string
}

const LIVE = new Set(['queued', 'ringing', 'in-progress'])
const POLL_MS = 1000

/**
 * The agent's phone, where the desk can reach it: the telephone simulator has one for each agent. Elsewhere agents have
 * a phone of their own, `reachable` is false, and the desk only shows what the call does.
 */
export const reachable = signal(false)
export const leg = signal<Leg | null>(null)

/** Identities of Twilio clients hold letters, digits and `_`; the voice channel writes others as `_` and hexadecimal. */
const identity = (agentId: string) =>
  [...agentId]
    .map((one) => (/\w/.test(one) ? one : [...new TextEncoder().encode(one)].map((byte) => `_${byte.toString(16).padStart(2, '0')}`).join('')))
    .join('')

const path = (rest: string) => `/sim/agents/${identity(session.user.value?.id ?? '')}/${rest}`

async function look(): Promise<void> {
  try {
    const calls = (await request<Leg[]>('GET', path('calls'))).data
    leg.value = calls.findLast((call) => LIVE.has(call.status)) ?? null
    reachable.value = true
  } catch {
    reachable.value = false
    leg.value = null
  }
}

/** Follows the phone while a call goes on; returns how to stop. A phone that is not there is asked for only once. */
export function followPhone(): () => void {
  let timer: ReturnType<typeof setTimeout>
  const again = async () => {
    await look()
    if (reachable.value) timer = setTimeout(() => void again(), POLL_MS)
  }
  void again()
  return () => clearTimeout(timer)
}

export const pickUp = () => request('POST', path('answer')).then(look)
export const hangUp = () => request('POST', path('hangup')).then(look)

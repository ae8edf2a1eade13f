import { effect, signal } from '@preact/signals'
import { client } from '../shared/http'
import { openStream } from '../shared/stream'
import { person } from './customers'

/** A text, as the phone simulator shows it. */
export interface Text {
  sid: string
  from: string
  to: string
  body: string
  status: string
  at: string
}

export interface Heard {
  at: string
  kind: 'say' | 'play' | 'pause' | 'digits' | 'record' | 'status' | 'conference' | 'alert'
  text: string
  language: string | null
}

export interface Call {
  sid: string
  from: string
  to: string
  direction: string
  status: string
  listening: boolean
  in_conference: boolean
  transcript: Heard[]
}

export const OVER = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled'])

export const request = client(async () => null)
const path = (rest: string) => `/sim/phones/${encodeURIComponent(person.value.number)}/${rest}`

export const numbers = signal<string[]>([])
export const texts = signal<Text[]>([])
export const calls = signal<Call[]>([])
export const problem = signal<unknown>(null)

/** Runs something against the simulator; a failure is shown instead of thrown. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    const result = await work()
    problem.value = null
    return result
  } catch (error) {
    problem.value = error
    return null
  }
}

async function refresh(): Promise<void> {
  const who = person.value
  await attempt(async () => {
    const [known, sent, rung] = await Promise.all([
      numbers.value.length ? numbers.value : request<string[]>('GET', '/sim/numbers').then((answer) => answer.data),
      request<Text[]>('GET', path('messages')),
      request<Call[]>('GET', path('calls')),
    ])
    if (who !== person.value) return
    numbers.value = known
    texts.value = sent.data
    calls.value = rung.data
  })
}

export const sendText = (to: string, body: string) => attempt(() => request('POST', path('sms'), { body: { to, body } })).then(refresh)
export const dial = (to: string) => attempt(() => request('POST', path('calls'), { body: { to } })).then(refresh)
export const press = (sid: string, digits: string) => attempt(() => request('POST', `/sim/calls/${sid}/digits`, { body: { digits } }))
export const answer = (sid: string) => attempt(() => request('POST', `/sim/calls/${sid}/answer`)).then(refresh)
export const hangUp = (sid: string) => attempt(() => request('POST', `/sim/calls/${sid}/hangup`)).then(refresh)

/** Follows whoever holds the phone; returns how to stop. */
export function follow(): () => void {
  let close = () => {}
  const stop = effect(() => {
    close()
    const number = person.value.number
    texts.value = []
    calls.value = []
    void refresh()
    close = openStream({
      path: `/sim/events?party=${encodeURIComponent(number)}`,
      token: async () => null,
      renew: async () => false,
      onEvent: () => void refresh(),
      catchUp: () => void refresh(),
      onState: (state) => state === 'live' && void refresh(),
    })
  })
  return () => {
    stop()
    close()
  }
}

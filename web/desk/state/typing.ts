import { effect, signal } from '@preact/signals'
import { openStream } from '../../shared/stream'
import * as api from '../api'
import { session } from '../session'
import { replyInteraction, selected } from './cases'

/** Whether the customer of the selected chat is writing right now. */
export const customerTypes = signal(false)

const REPEAT_MS = 3000
let told = 0

/** Tells the visitor that the agent writes; at most every three seconds, and never in the way of anything. */
export function agentTypes(interactionId: string): void {
  if (Date.now() - told < REPEAT_MS) return
  told = Date.now()
  api.agentTypes(interactionId).catch(() => {})
}

let listening: string | null = null
let stop = () => {}
let ends: ReturnType<typeof setTimeout> | undefined

/** Listens to the selected chat only: typing is worth one open line, not one for every case. */
effect(() => {
  const current = selected.value
  const chat = current?.case.state === 'open' ? replyInteraction(current) : null
  const id = chat?.channel === 'chat' && !chat.endedAt ? chat.id : null
  if (id === listening) return
  listening = id
  stop()
  clearTimeout(ends)
  customerTypes.value = false
  stop = id
    ? openStream({
        path: `/chat/v1/interactions/${id}/typing`,
        token: session.token,
        renew: session.renew,
        catchUp: () => {},
        onState: () => {},
        onEvent: (event) => {
          clearTimeout(ends)
          customerTypes.value = event.data['on'] === true
          if (customerTypes.value) ends = setTimeout(() => (customerTypes.value = false), Number(event.data['ttl_ms'] ?? 6000))
        },
      })
    : () => {}
})

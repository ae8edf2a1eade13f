import { computed, signal } from '@preact/signals'
import { Problem, client, newKey } from '../shared/http'
import { language, recall, remember } from '../shared/settings'
import { NEEDS_SESSION, TOO_MANY, TOO_MANY_PAUSE_MS, type ClientFrame, type Entry, type ServerFrame, type Session } from './protocol'

export type Line = 'connecting' | 'live' | 'lost' | 'refused'

/** A message of the visitor that the server has not acknowledged. */
export interface Pending {
  id: string
  text: string
  at: string
  problem?: string
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const TYPING_REPEAT_MS = 3_000
/** Without the pong of a ping for this long the line is dead. */
const PONG_MS = 10_000

/**
 * One visitor's conversation on one site: the socket, what was said, and what still has to be sent.
 *
 * The outbox survives a reload. Whatever is in it is sent again after each `welcome` under its old id, so the visitor
 * writes without caring whether there is a line.
 */
export function conversation(site: string, base = '/chat') {
  const tokenKey = `posthouse.chat.${site}.token`
  const outboxKey = `posthouse.chat.${site}.outbox`

  const line = signal<Line>('connecting')
  const refusal = signal<Problem | null>(null)
  const entries = signal<Entry[]>([])
  const pending = signal<Pending[]>(JSON.parse(recall(outboxKey) ?? '[]') as Pending[])
  const typing = signal<{ name: string | null } | null>(null)
  const readSeq = signal(0)
  const interaction = signal<string | null>(null)
  const limit = signal(4000)
  const lastSeq = computed(() => entries.value.at(-1)?.seq ?? 0)
  const hasEarlier = computed(() => (entries.value[0]?.seq ?? 1) > 1)
  const unread = computed(
    () => entries.value.filter((entry) => entry.seq > readSeq.value && entry.type === 'message' && entry.from !== 'visitor').length,
  )

  let token = recall(tokenKey)
  let session: Session | null = null
  let socket: WebSocket | null = null
  let attempt = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let heart: ReturnType<typeof setInterval> | undefined
  let pongDue: ReturnType<typeof setTimeout> | undefined
  let typingEnds: ReturnType<typeof setTimeout> | undefined
  let typedAt = 0
  let beats = 0
  let closed = false
  const request = client(async () => token)

  function keepPending(next: Pending[]): void {
    pending.value = next
    remember(outboxKey, next.length ? JSON.stringify(next) : null)
  }

  async function openSession(): Promise<Session> {
    const ask = (known: string | null) =>
      request<Session>('POST', `${base}/v1/sites/${site}/sessions`, {
        body: { language: language.value, ...(known ? { token: known } : {}) },
      })
    const known = token
    token = null
    const answer = await ask(known).catch((error: unknown) => {
      if (known && error instanceof Problem && error.status === 401) return ask(null)
      token = known
      throw error
    })
    session = answer.data
    token = session.token
    remember(tokenKey, token)
    limit.value = session.limits.text_chars
    return session
  }

  async function connect(): Promise<void> {
    clearTimeout(retry)
    if (closed) return
    if (line.value !== 'lost') line.value = 'connecting'
    try {
      session ??= await openSession()
    } catch (error) {
      if (error instanceof Problem && !error.passing) {
        refusal.value = error
        line.value = 'refused'
        return
      }
      return again()
    }
    refusal.value = null
    const url = new URL(session.socket_path, location.origin)
    url.protocol = url.protocol.replace('http', 'ws')
    const opened = new WebSocket(url)
    socket = opened
    opened.onopen = () =>
      push({ type: 'hello', token: session?.token ?? '', last_seq: lastSeq.value, interaction: entries.value.at(-1)?.interaction ?? null })
    opened.onmessage = (event) => {
      if (socket === opened) take(JSON.parse(String(event.data)) as ServerFrame)
    }
    opened.onclose = (event) => {
      if (socket !== opened) return
      socket = null
      if (NEEDS_SESSION.has(event.code)) session = null
      again(event.code === TOO_MANY ? TOO_MANY_PAUSE_MS : undefined)
    }
  }

  function again(pause?: number): void {
    clearInterval(heart)
    clearTimeout(pongDue)
    if (closed) return
    line.value = 'lost'
    typing.value = null
    const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt++, 6))
    clearTimeout(retry)
    retry = setTimeout(() => void connect(), pause ?? grown * (0.5 + Math.random() / 2))
  }

  /** Drops a line that may be dead and tries at once. */
  function reconnect(): void {
    const old = socket
    socket = null
    old?.close()
    attempt = 0
    void connect()
  }

  function push(frame: ClientFrame): boolean {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }

  function beat(): void {
    if (!push({ type: 'ping', n: ++beats })) return
    clearTimeout(pongDue)
    pongDue = setTimeout(reconnect, PONG_MS)
  }

  function take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        attempt = 0
        line.value = 'live'
        interaction.value = frame.interaction
        readSeq.value = Math.max(readSeq.value, frame.read_seq)
        clearInterval(heart)
        heart = setInterval(beat, (session?.limits.ping_seconds ?? 20) * 1000)
        for (const message of pending.value) if (!message.problem) sendPending(message)
        break
      case 'resync':
        entries.value = []
        break
      case 'message':
      case 'ended':
        add(frame)
        break
      case 'ack':
        interaction.value = frame.interaction
        keepPending(pending.value.filter((message) => message.id !== frame.client_msg_id))
        break
      case 'typing':
        clearTimeout(typingEnds)
        typing.value = frame.on ? { name: frame.name } : null
        if (frame.on) typingEnds = setTimeout(() => (typing.value = null), frame.ttl_ms)
        break
      case 'receipt':
        readSeq.value = Math.max(readSeq.value, frame.read_seq)
        break
      case 'pong':
        clearTimeout(pongDue)
        if (frame.last_seq > lastSeq.value) reconnect()
        break
      case 'error':
        failed(frame)
    }
  }

  function add(entry: Entry): void {
    const last = entries.value.at(-1)
    if (last && entry.seq <= last.seq) return
    if (last && entry.seq > last.seq + 1) return reconnect()
    entries.value = [...entries.value, entry]
    if (entry.type === 'ended') {
      interaction.value = null
      typing.value = null
    } else if (entry.from === 'visitor') {
      interaction.value = entry.interaction
      keepPending(pending.value.filter((message) => message.id !== entry.client_msg_id))
    } else {
      interaction.value = entry.interaction
      typing.value = null
    }
    push({ type: 'received', seq: entry.seq })
  }

  function failed(frame: Extract<ServerFrame, { type: 'error' }>): void {
    const message = pending.value.find((one) => one.id === frame.client_msg_id)
    if (!message) return
    if (frame.code === 'rate_limited' || frame.code === 'unavailable') {
      setTimeout(() => pending.value.includes(message) && sendPending(message), frame.retry_after_ms ?? 1000)
    } else {
      keepPending(pending.value.map((one) => (one === message ? { ...one, problem: frame.detail } : one)))
    }
  }

  const sendPending = (message: Pending) => push({ type: 'message', client_msg_id: message.id, text: message.text })

  function say(text: string): void {
    const message: Pending = { id: newKey(), text, at: new Date().toISOString() }
    keepPending([...pending.value, message])
    typedAt = 0
    sendPending(message)
  }

  function sayAgain(message: Pending): void {
    const fresh: Pending = { id: message.id, text: message.text, at: message.at }
    keepPending(pending.value.map((one) => (one.id === message.id ? fresh : one)))
    sendPending(fresh)
  }

  function discard(message: Pending): void {
    keepPending(pending.value.filter((one) => one.id !== message.id))
  }

  /** The visitor is writing; told at most every three seconds. */
  function types(on: boolean): void {
    if (on && Date.now() - typedAt < TYPING_REPEAT_MS) return
    if (!on && !typedAt) return
    typedAt = on ? Date.now() : 0
    push({ type: 'typing', on })
  }

  /** The visitor has everything up to the newest entry before their eyes. */
  function seen(): void {
    if (line.value !== 'live' || lastSeq.value <= readSeq.value) return
    readSeq.value = lastSeq.value
    push({ type: 'read', seq: lastSeq.value })
  }

  async function earlier(): Promise<void> {
    const first = entries.value[0]?.seq
    if (!first) return
    const { data } = await request<{ entries: Entry[] }>('GET', `${base}/v1/sites/${site}/messages?before=${first}&limit=100`)
    if (entries.value[0]?.seq === first) entries.value = [...data.entries, ...entries.value]
  }

  addEventListener('online', reconnect)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return
    if (line.value === 'lost') reconnect()
    else beat()
  })

  return {
    line, refusal, entries, pending, typing, unread, interaction, limit, lastSeq, hasEarlier,
    connect, reconnect, say, sayAgain, discard, types, seen, earlier,
    end: () => push({ type: 'end' }),
  }
}

export type Conversation = ReturnType<typeof conversation>

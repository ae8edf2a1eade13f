export type StreamState = 'connecting' | 'live' | 'lost'

export interface StreamEvent {
  id: string
  type: string
  data: Record<string, unknown>
}

export interface StreamOptions {
  path: string
  token: () => Promise<string | null>
  renew: () => Promise<boolean>
  onEvent: (event: StreamEvent) => void
  /** Events may have been missed (first connection, or a place that is no longer kept): read the present state now. */
  catchUp: () => void
  onState: (state: StreamState) => void
}

/** Silence longer than this means that the line is dead, whatever TCP believes (the services beat every 15 s). */
const SILENCE_MS = 40_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * Server-sent events by `fetch`, because `EventSource` cannot send an Authorization header.
 *
 * Speaks the streams of the Posthouse services: `hello` and `reset` say whether the place asked for was still kept, and
 * `heartbeat` carries the newest number. Resumes with `Last-Event-ID`, counts silence as a cut line, and waits with jitter between tries; going online or
 * coming back to the tab ends the wait. Returns a function that closes the stream for good.
 */
export function openStream(options: StreamOptions): () => void {
  let lastId = ''
  let closed = false
  let attempt = 0
  let abort = new AbortController()
  let wake = () => {}

  const hurry = () => {
    if (document.visibilityState === 'visible') wake()
  }
  addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)

  async function read(): Promise<void> {
    abort = new AbortController()
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS)
    const alive = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => abort.abort(), SILENCE_MS)
    }
    try {
      const headers = new Headers({ Accept: 'text/event-stream' })
      const bearer = await options.token()
      if (bearer) headers.set('Authorization', `Bearer ${bearer}`)
      if (lastId) headers.set('Last-Event-ID', lastId)
      const response = await fetch(options.path, { headers, signal: abort.signal, cache: 'no-store' })
      if (response.status === 401) await options.renew()
      if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`)
      attempt = 0
      options.onState('live')
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let buffer = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        alive()
        buffer = (buffer + value).replaceAll('\r\n', '\n')
        let end: number
        while ((end = buffer.indexOf('\n\n')) >= 0) {
          take(buffer.slice(0, end))
          buffer = buffer.slice(end + 2)
        }
      }
    } finally {
      clearTimeout(watchdog)
    }
  }

  function take(block: string): void {
    let type = 'message'
    let data = ''
    let id: string | null = null
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':')
      if (colon === 0) continue
      const name = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (name === 'event') type = value
      else if (name === 'id') id = value
      else if (name === 'data') data += (data ? '\n' : '') + value
    }
    if (!data) return
    const before = lastId
    if (id !== null) lastId = id
    if (type === 'heartbeat') {
      if (before !== lastId) options.catchUp()
      return
    }
    if (type === 'hello' || type === 'reset') {
      if (!before || type === 'reset') options.catchUp()
      return
    }
    // Numbers of a stream have no gaps; one that does means that something was lost on the way.
    if (before && id && Number(id) > Number(before) + 1) options.catchUp()
    try {
      options.onEvent({ id: lastId, type, data: JSON.parse(data) as Record<string, unknown> })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      options.onState(attempt ? 'lost' : 'connecting')
      try {
        await read()
      } catch {
        // Every failure is handled the same way: wait, then resume after the last event seen.
      }
      if (closed) return
      attempt += 1
      options.onState('lost')
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      wake = () => {}
    }
  }

  void run()
  return () => {
    closed = true
    abort.abort()
    wake()
    removeEventListener('online', hurry)
    document.removeEventListener('visibilitychange', hurry)
  }
}

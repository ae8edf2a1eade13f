/** One field that a request got wrong, as RFC 9457 problems of Posthouse name it. */
export interface FieldError {
  pointer?: string
  detail: string
}

/** An answer that is not 2xx (RFC 9457), or no answer at all (`status` 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly type = 'about:blank',
    readonly errors: readonly FieldError[] = [],
    /** The whole document: some problems carry members of their own. */
    readonly members: Record<string, unknown> = {},
  ) {
    super(detail ? `${title}: ${detail}` : title)
  }

  /** True when the same request may succeed later: nobody answered, or the service says that it is away. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export interface Answer<T> {
  data: T
  etag: string | null
}

export interface Ask {
  body?: unknown
  /** Repeating a request with the same key never acts twice. */
  key?: string
  ifMatch?: string | null
  signal?: AbortSignal
  /** After this long without an answer the request counts as unanswered. */
  timeout?: number
}

/** The problem that an answer other than 2xx describes. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  try {
    const body = JSON.parse(text) as Record<string, unknown>
    const word = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '')
    const errors = Array.isArray(body['errors']) ? (body['errors'] as FieldError[]) : []
    return new Problem(response.status, word('title') || response.statusText, word('detail'), word('type'), errors, body)
  } catch {
    return new Problem(response.status, response.statusText || `HTTP ${response.status}`, text.slice(0, 200))
  }
}

/** An API client of this origin. `token` gives the bearer token; `renew` is asked once when a request is answered 401. */
export function client(token: () => Promise<string | null>, renew: () => Promise<boolean> = async () => false) {
  async function send(method: string, path: string, ask: Ask): Promise<Response> {
    const headers = new Headers({ Accept: 'application/json' })
    const bearer = await token()
    if (bearer) headers.set('Authorization', `Bearer ${bearer}`)
    if (ask.body !== undefined) headers.set('Content-Type', 'application/json')
    if (ask.key) headers.set('Idempotency-Key', ask.key)
    if (ask.ifMatch) headers.set('If-Match', ask.ifMatch)
    const limit = AbortSignal.timeout(ask.timeout ?? 20_000)
    const signal = ask.signal ? AbortSignal.any([ask.signal, limit]) : limit
    const body = ask.body === undefined ? null : JSON.stringify(ask.body)
    try {
      return await fetch(path, { method, headers, signal, body, cache: 'no-store' })
    } catch (error) {
      if (ask.signal?.aborted) throw error
      throw new Problem(0, 'No answer', error instanceof Error ? error.message : '')
    }
  }

  return async function request<T>(method: string, path: string, ask: Ask = {}): Promise<Answer<T>> {
    let response = await send(method, path, ask)
    if (response.status === 401 && (await renew())) response = await send(method, path, ask)
    if (!response.ok) throw await problemOf(response)
    const text = await response.text()
    return { data: (text ? JSON.parse(text) : null) as T, etag: response.headers.get('ETag') }
  }
}


/** A key for one intended action: made when the person acts, kept through every retry. */
export const newKey = () => crypto.randomUUID()

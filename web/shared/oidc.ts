import { signal } from '@preact/signals'

interface Discovery {
  authorization_endpoint: string
  token_endpoint: string
  end_session_endpoint?: string
}

interface Tokens {
  access_token: string
  refresh_token?: string
  id_token?: string
  /** Epoch milliseconds. */
  expires: number
}

export interface User {
  id: string
  name: string
  roles: string[]
}

/** A token is renewed this long before it expires, so that no request is sent with one about to die. */
const RENEW_BEFORE_MS = 30_000

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

function claims(token: string): Record<string, unknown> {
  const part = token.split('.')[1]
  if (!part) return {}
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
}

/**
 * Signs people in by the OIDC authorization code flow with PKCE. Works with any issuer that has a discovery document.
 *
 * Tokens live in this tab's session storage: a reload keeps the session, closing the tab forgets it.
 */
export function oidc(issuer: string, clientId: string, redirectPath: string, scope: string) {
  const store = `posthouse.oidc.${clientId}`
  const user = signal<User | null>(null)
  let tokens: Tokens | null = JSON.parse(sessionStorage.getItem(store) ?? 'null') as Tokens | null
  let discovery: Promise<Discovery> | null = null
  let renewing: Promise<boolean> | null = null
  const redirectUri = () => new URL(redirectPath, location.origin).href

  function discover(): Promise<Discovery> {
    discovery ??= fetch(`${issuer}/.well-known/openid-configuration`).then((response) => {
      if (!response.ok) throw new Error(`discovery answered ${response.status}`)
      return response.json() as Promise<Discovery>
    })
    discovery.catch(() => (discovery = null))
    return discovery
  }

  function keep(next: Tokens | null): void {
    tokens = next
    if (next) sessionStorage.setItem(store, JSON.stringify(next))
    else sessionStorage.removeItem(store)
    if (!next) {
      user.value = null
      return
    }
    const access = claims(next.access_token)
    const all = { ...access, ...(next.id_token ? claims(next.id_token) : {}) }
    const roles = access['roles'] ?? all['roles']
    user.value = {
      id: String(all['sub'] ?? ''),
      name: String(all['name'] ?? all['preferred_username'] ?? all['sub'] ?? ''),
      roles: Array.isArray(roles) ? roles.map(String) : [],
    }
  }

  async function redeem(fields: Record<string, string>): Promise<void> {
    const { token_endpoint } = await discover()
    const body = new URLSearchParams({ client_id: clientId, ...fields })
    const response = await fetch(token_endpoint, { method: 'POST', body, headers: { Accept: 'application/json' } })
    if (!response.ok) throw new Error(`token endpoint answered ${response.status}`)
    const answer = (await response.json()) as Record<string, string | number>
    const next: Tokens = { access_token: String(answer['access_token']), expires: Date.now() + Number(answer['expires_in'] ?? 300) * 1000 }
    if (answer['refresh_token'] ?? tokens?.refresh_token) next.refresh_token = String(answer['refresh_token'] ?? tokens?.refresh_token)
    if (answer['id_token'] ?? tokens?.id_token) next.id_token = String(answer['id_token'] ?? tokens?.id_token)
    keep(next)
  }

  /** Finishes a sign-in that came back to this page, or takes up the tab's session. True when someone is signed in. */
  async function resume(): Promise<boolean> {
    const query = new URLSearchParams(location.search)
    const pending = JSON.parse(sessionStorage.getItem(`${store}.pending`) ?? 'null') as { state: string; verifier: string; hash: string } | null
    if (query.has('state') && (query.has('code') || query.has('error'))) {
      sessionStorage.removeItem(`${store}.pending`)
      history.replaceState(null, '', redirectPath + (pending?.hash ?? ''))
      const code = query.get('code')
      if (!code) throw new Error(query.get('error_description') ?? query.get('error') ?? '')
      if (!pending || pending.state !== query.get('state')) throw new Error('state does not match')
      await redeem({ grant_type: 'authorization_code', code, redirect_uri: redirectUri(), code_verifier: pending.verifier })
      return true
    }
    if (!tokens) return false
    keep(tokens)
    return tokens.expires - RENEW_BEFORE_MS > Date.now() || renew()
  }

  /** Sends the browser to the issuer; it comes back to the same place in the page. `hint` names who to sign in as. */
  async function signIn(hint?: string): Promise<void> {
    const { authorization_endpoint } = await discover()
    const [verifier, state] = [random(), random()]
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    sessionStorage.setItem(`${store}.pending`, JSON.stringify({ state, verifier, hash: location.hash }))
    const target = new URL(authorization_endpoint)
    const fields = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri(),
      scope,
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: 'S256',
      ...(hint ? { login_hint: hint } : {}),
    }
    for (const [name, value] of Object.entries(fields)) target.searchParams.set(name, value)
    location.assign(target)
  }

  /** Gets a new access token; false when the person has to sign in again. Simultaneous callers share one request. */
  function renew(): Promise<boolean> {
    renewing ??= (async () => {
      if (!tokens?.refresh_token) {
        keep(null)
        return false
      }
      try {
        await redeem({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
        return true
      } catch (error) {
        if (error instanceof Error && error.message.includes('answered 4')) keep(null)
        return false
      }
    })().finally(() => (renewing = null))
    return renewing
  }

  async function token(): Promise<string | null> {
    if (tokens && tokens.expires - RENEW_BEFORE_MS < Date.now()) await renew()
    return tokens?.access_token ?? null
  }

  async function signOut(): Promise<void> {
    const { end_session_endpoint } = await discover().catch(() => ({ end_session_endpoint: undefined }))
    const hint = tokens?.id_token
    keep(null)
    if (!end_session_endpoint) return location.reload()
    const target = new URL(end_session_endpoint)
    if (hint) target.searchParams.set('id_token_hint', hint)
    target.searchParams.set('client_id', clientId)
    target.searchParams.set('post_logout_redirect_uri', redirectUri())
    location.assign(target)
  }

  return { user, resume, signIn, signOut, token, renew }
}

/** Frames of the web chat protocol (services/channels/chat/PROTOCOL.md), as far as a visitor's client meets them. */

export interface Session {
  token: string
  visitor_id: string
  last_seq: number
  read_seq: number
  socket_path: string
  limits: { text_chars: number; frame_bytes: number; ping_seconds: number; typing_ttl_ms: number }
}

export interface MessageEntry {
  type: 'message'
  seq: number
  id: string
  interaction: string
  from: 'visitor' | 'agent' | 'system'
  name: string | null
  text: string
  ts: string
  client_msg_id?: string
}

export interface EndedEntry {
  type: 'ended'
  seq: number
  id: string
  interaction: string
  by: 'customer' | 'agent' | 'system'
  ts: string
}

export type Entry = MessageEntry | EndedEntry

export type ServerFrame =
  | Entry
  | { type: 'welcome'; visitor_id: string; interaction: string | null; last_seq: number; read_seq: number }
  | { type: 'resync'; reason: string; from_seq: number; last_seq: number }
  | { type: 'ack'; client_msg_id: string; id: string; seq: number; ts: string; interaction: string; duplicate: boolean }
  | { type: 'typing'; on: boolean; name: string | null; ttl_ms: number }
  | { type: 'receipt'; received_seq: number; read_seq: number }
  | { type: 'pong'; n: number; last_seq: number }
  | { type: 'error'; code: string; detail: string; client_msg_id?: string; retry_after_ms?: number }

export type ClientFrame =
  | { type: 'hello'; token: string; last_seq: number; interaction: string | null }
  | { type: 'message'; client_msg_id: string; text: string }
  | { type: 'typing'; on: boolean }
  | { type: 'received'; seq: number }
  | { type: 'read'; seq: number }
  | { type: 'end' }
  | { type: 'ping'; n: number }

/** Close codes after which the token is worthless and a new session is needed. */
export const NEEDS_SESSION = new Set([4401, 4403])
/** Close code for too many frames; the next try waits this long. */
export const TOO_MANY = 4429
export const TOO_MANY_PAUSE_MS = 30_000

import { signal, type Signal } from '@preact/signals'
import { recall, remember } from '../../shared/settings'

const KEEP_MS = 14 * 24 * 3600 * 1000
const PREFIX = 'posthouse.desk.draft.'
const drafts = new Map<string, Signal<string>>()

/** What is being written at `place` (a case and what in it), kept on this computer until it is sent or saved. */
export function draft(place: string): Signal<string> {
  let found = drafts.get(place)
  if (!found) {
    found = signal(read(place))
    drafts.set(place, found)
  }
  return found
}

export function writeDraft(place: string, text: string): void {
  draft(place).value = text
  remember(PREFIX + place, text ? JSON.stringify({ text, at: Date.now() }) : null)
}

function read(place: string): string {
  try {
    return (JSON.parse(recall(PREFIX + place) ?? '{}') as { text?: string }).text ?? ''
  } catch {
    return ''
  }
}

/** Removes drafts nobody came back to. */
export function forgetOldDrafts(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue
      const { at = 0 } = JSON.parse(localStorage.getItem(key) ?? '{}') as { at?: number }
      if (Date.now() - at > KEEP_MS) localStorage.removeItem(key)
    }
  } catch {
    // Nothing is lost when old drafts stay.
  }
}

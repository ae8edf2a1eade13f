import { signal } from '@preact/signals'
import * as api from '../api'
import type { Board } from '../model'

const POLL_MS = 5000

/** The queues' figures; null until they were read. */
export const board = signal<Board | null>(null)

/**
 * Reads the figures every few seconds while someone can see them; returns how to stop. The stream of them would hold
 * one of the six lines a browser opens to an address, and figures that are five seconds old mislead nobody.
 */
export function followBoard(): () => void {
  let timer: ReturnType<typeof setTimeout>
  const read = async () => {
    clearTimeout(timer)
    if (document.visibilityState === 'visible') board.value = await api.board().catch(() => board.value)
    timer = setTimeout(() => void read(), POLL_MS)
  }
  const look = () => void (document.visibilityState === 'visible' && read())
  document.addEventListener('visibilitychange', look)
  void read()
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
}

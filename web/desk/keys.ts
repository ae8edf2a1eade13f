import { signal } from '@preact/signals'

/** Everything that has a key. Alt works while a text field has the focus too, so hands stay where they are. */
export const KEYS = {
  accept: 'KeyA',
  decline: 'KeyX',
  next: 'ArrowDown',
  previous: 'ArrowUp',
  reply: 'KeyR',
  note: 'KeyN',
  parcel: 'KeyP',
  step: 'KeyS',
  closeCase: 'KeyC',
  pickUp: 'KeyT',
  hangUp: 'KeyH',
  presence: 'KeyV',
  details: 'KeyI',
  help: 'Slash',
} as const

export type Command = keyof typeof KEYS

const SHOWN: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', Slash: '/' }

/** How a command's key is written, `Alt A`. */
export const keyName = (command: Command): string => `Alt ${SHOWN[KEYS[command]] ?? KEYS[command].slice(3)}`

/** The `aria-keyshortcuts` value of a command. */
export const ariaKey = (command: Command): string => `Alt+${KEYS[command].replace('Key', '').replace('Slash', '/')}`

const handlers = new Map<Command, () => void>()
export const helpOpen = signal(false)

/** Binds a command to what it does now; returns how to unbind it. */
export function onCommand(command: Command, act: () => void): () => void {
  handlers.set(command, act)
  return () => {
    if (handlers.get(command) === act) handlers.delete(command)
  }
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || !event.altKey) return
    const command = (Object.keys(KEYS) as Command[]).find((name) => KEYS[name] === event.code)
    const act = command && handlers.get(command)
    if (!act || (document.querySelector('dialog[open]') && command !== 'help')) return
    event.preventDefault()
    act()
  })
}

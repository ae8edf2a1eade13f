import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { clockTime, fullTime } from '../shared/i18n'
import { Icon, send as sendIcon } from '../shared/ui/icons'
import { t } from './texts'

export interface ThreadLine {
  id: string
  mine: boolean
  text: string
  at: string
}

interface Props {
  title: string
  choices?: string[]
  choose?: (next: string) => void
  lines: ThreadLine[]
  empty: string
  write: string
  send: (words: string) => void
}

/** A conversation in bubbles with a line to write in. */
export function Thread({ title, choices = [], choose, lines, empty, write, send }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const words = useSignal('')
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [lines.length])
  const submit = () => {
    if (!words.value.trim()) return
    send(words.value.trim())
    words.value = ''
  }
  return (
    <div class="thread">
      <div class="thread-head num">
        {choices.length > 1 && choose ? (
          <select class="input" aria-label={t('to')} value={title} onChange={(event) => choose(event.currentTarget.value)}>
            {choices.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <strong>{title}</strong>
        )}
      </div>
      <div class="thread-log" ref={box} role="log" tabIndex={0} aria-label={title || write}>
        {lines.length === 0 && <p class="hint">{empty}</p>}
        {lines.map((line) => (
          <div key={line.id} class={`turn ${line.mine ? 'mine' : ''}`}>
            <p>{line.text}</p>
            <time dateTime={new Date(line.at).toISOString()} title={fullTime(line.at)}>
              {clockTime(line.at)}
            </time>
          </div>
        ))}
      </div>
      <form
        class="thread-write"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <input class="input" value={words.value} onInput={(event) => (words.value = event.currentTarget.value)} aria-label={write} placeholder={write} />
        <button type="submit" class="btn primary icon" aria-label={t('send')} title={t('send')} disabled={!words.value.trim() || !title}>
          <Icon d={sendIcon} size={16} />
        </button>
      </form>
    </div>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { clockTime, dateTime } from '../../shared/i18n'
import { newKey } from '../../shared/http'
import { note as noteIcon } from '../../shared/ui/icons'
import * as api from '../api'
import { ariaKey, keyName, onCommand } from '../keys'
import type { Case, Entry } from '../model'
import { refreshCase } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { tellProblem } from '../state/tells'
import { t } from '../texts'
import { Panel } from './details'

export function NotesPanel({ current, entries }: { current: Case; entries: Entry[] | null }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const busy = useSignal(false)
  const place = `${current.id}/note`
  const text = draft(place)
  // One key per note as written: pressing again after a failure can't add it twice.
  const key = useRef({ text: '', value: '' })
  const notes = entries?.filter((entry) => entry.kind === 'note') ?? []
  useEffect(() => onCommand('note', () => field.current?.focus()), [])

  const add = async () => {
    const words = text.value.trim()
    if (!words || busy.value) return
    if (key.current.text !== words) key.current = { text: words, value: newKey() }
    busy.value = true
    try {
      await api.addNote(current.id, words, key.current.value)
      key.current = { text: '', value: '' }
      writeDraft(place, '')
      await refreshCase(current.id)
    } catch (error) {
      tellProblem(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <Panel icon={noteIcon} title="notes">
      <form
        class="note-form"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <textarea
          class="input"
          ref={field}
          rows={3}
          value={text.value}
          aria-label={t('notes')}
          aria-keyshortcuts={ariaKey('note')}
          placeholder={`${t('notes.placeholder')}  (${keyName('note')})`}
          onInput={(event) => writeDraft(place, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void add()
          }}
        />
        <button type="submit" class="btn" disabled={!text.value.trim() || busy.value}>
          {t('notes.add')}
        </button>
      </form>
      {notes.length === 0 && <p class="quiet">{t('notes.none')}</p>}
      <ul class="notes">
        {notes.toReversed().map((one) => (
          <li key={one.id}>
            <p class="words">{one.text}</p>
            <span class="quiet">
              {one.author} · <time dateTime={one.at} title={dateTime(one.at)}>{clockTime(one.at)}</time>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { newKey } from '../../shared/http'
import * as api from '../api'
import { ariaKey, keyName, onCommand } from '../keys'
import type { Case } from '../model'
import { addEntry } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { tellProblem } from '../state/tells'
import { t } from '../texts'

/** Where a note for colleagues is written. */
export function NoteForm({ current }: { current: Case }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const busy = useSignal(false)
  const place = `${current.id}/note`
  const text = draft(place)
  // One key per note as written: pressing again after a failure can't add it twice.
  const key = useRef({ text: '', value: '' })
  useEffect(() => onCommand('note', () => field.current?.focus()), [])

  const add = async () => {
    const words = text.value.trim()
    if (!words || busy.value) return
    if (key.current.text !== words) key.current = { text: words, value: newKey() }
    busy.value = true
    try {
      const entry = await api.addNote(current.id, words, key.current.value)
      key.current = { text: '', value: '' }
      writeDraft(place, '')
      addEntry(current.id, entry, false)
    } catch (error) {
      tellProblem(error)
    } finally {
      busy.value = false
    }
  }
  return (
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
        {t('notes.add')} <kbd>{t('compose.sendKeyMail')}</kbd>
      </button>
    </form>
  )
}

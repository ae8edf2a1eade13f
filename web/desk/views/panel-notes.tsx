import { clockTime, dateTime } from '../../shared/i18n'
import { note as noteIcon } from '../../shared/ui/icons'
import type { Case, Entry } from '../model'
import { replyInteraction } from '../state/cases'
import { t } from '../texts'
import { Panel } from './details'
import { NoteForm } from './note-form'

/** What colleagues wrote about the case, newest first. During a call the form stands below the timeline instead. */
export function NotesPanel({ current, entries }: { current: Case; entries: Entry[] | null }) {
  const notes = entries?.filter((entry) => entry.kind === 'note') ?? []
  return (
    <Panel icon={noteIcon} title="notes">
      {replyInteraction(current)?.channel !== 'voice' && <NoteForm current={current} />}
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

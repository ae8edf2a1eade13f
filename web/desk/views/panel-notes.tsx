import { clockTime, dateTime } from '../../shared/i18n'
import { note as noteIcon } from '../../shared/ui/icons'
import { callOf, replyInteraction, type Known } from '../state/cases'
import { t } from '../texts'
import { Panel } from './details'
import { NoteForm } from './note-form'

/** What colleagues wrote about the case, newest first. During a call the form stands below the timeline instead. */
export function NotesPanel({ one }: { one: Known }) {
  const notes = one.entries.filter((entry) => entry.kind === 'note')
  const belowTimeline = one.case.state === 'open' && callOf(one.case) !== null && replyInteraction(one) === null
  return (
    <Panel icon={noteIcon} title="notes">
      {!belowTimeline && <NoteForm current={one.case} />}
      {notes.length === 0 && <p class="quiet">{t('notes.none')}</p>}
      <ul class="notes">
        {notes.toReversed().map((note) => (
          <li key={note.seq}>
            <p class="words">{note.text}</p>
            <span class="quiet">
              {note.author} · <time dateTime={note.at} title={dateTime(note.at)}>{clockTime(note.at)}</time>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { clockTime, dayName, fullTime } from '../../shared/i18n'
import { Icon, alert, check, checks, clip, clock, down } from '../../shared/ui/icons'
import * as api from '../api'
import type { Delivery, Entry, FactEntry, MessageEntry, NoteEntry } from '../model'
import { session } from '../session'
import { addEntry, markSeen, nameOf, type Known } from '../state/cases'
import { writeDraft, draft } from '../state/drafts'
import { discard, outbox, sendAgain, type Outgoing } from '../state/outbox'
import { tellProblem } from '../state/tells'
import { customerTypes } from '../state/typing'
import { label, t } from '../texts'
import { ChannelIcon } from './channel'
import { MailBody } from './mail-body'

const NEAR_END_PX = 64

/** Everything that happened in the case, oldest first. Stays at the end while the agent is there, and else stays put. */
export function Log({ one }: { one: Known }) {
  const { entries } = one
  const { id } = one.case
  const customer = nameOf(one.case)
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useSignal(true)
  const visible = useSignal(document.visibilityState === 'visible')
  const waiting = outbox(id)
  const size = useComputed(() => waiting.value.length + (customerTypes.value ? 1 : 0))
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight })

  useEffect(() => {
    const look = () => (visible.value = document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  useEffect(() => {
    // A mail's frame takes its height after it loaded, and the composer grows: follow the end through both.
    const watch = new ResizeObserver(() => atEnd.value && toEnd())
    if (box.current) {
      watch.observe(box.current)
      if (box.current.firstElementChild) watch.observe(box.current.firstElementChild)
    }
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    if (atEnd.value) toEnd()
  }, [entries, size.value])
  useEffect(() => {
    if (visible.value && atEnd.value) markSeen(id)
  }, [entries, visible.value, atEnd.value])

  const follow = () => {
    const element = box.current
    if (element) atEnd.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
  }

  return (
    <div class="log-frame">
      <div class="log" ref={box} onScroll={follow} tabIndex={0} role="log" aria-label={t('log')}>
        <ol>
          {entries.length === 0 && waiting.value.length === 0 && <li class="fact">{t('log.empty')}</li>}
          {entries.map((entry, at) => (
            <Row key={entry.seq} entry={entry} before={entries[at - 1]} customer={customer} />
          ))}
          {waiting.value.map((reply) => (
            <Waiting key={reply.key} caseId={id} reply={reply} />
          ))}
          {customerTypes.value && (
            <li class="fact typing">
              <i /> <i /> <i /> {t('log.typing')}
            </li>
          )}
        </ol>
      </div>
      {!atEnd.value && (
        <button type="button" class="btn to-end" onClick={toEnd}>
          <Icon d={down} size={14} /> {t('log.newer')}
        </button>
      )}
    </div>
  )
}

function Row({ entry, before, customer }: { entry: Entry; before: Entry | undefined; customer: string }) {
  const newDay = !before || dayName(before.at) !== dayName(entry.at)
  return (
    <>
      {newDay && <li class="day">{dayName(entry.at)}</li>}
      {entry.kind === 'message' ? (
        <Message entry={entry} before={before} from={entry.inbound ? customer : colleague(entry)} />
      ) : entry.kind === 'note' ? (
        <Note entry={entry} />
      ) : (
        <Fact entry={entry} />
      )}
    </>
  )
}

const Time = ({ at }: { at: string }) => (
  <time dateTime={at} title={fullTime(at)}>
    {clockTime(at)}
  </time>
)

const colleague = (entry: MessageEntry) => (entry.actor === session.user.value?.id ? t('log.you') : (entry.author ?? t('log.system')))

function Message({ entry, before, from }: { entry: MessageEntry; before: Entry | undefined; from: string }) {
  const repeated = before?.kind === 'message' && before.inbound === entry.inbound && before.author === entry.author && before.channel === entry.channel
  const isMail = entry.channel === 'email'
  return (
    <li class={`message ${entry.inbound ? 'theirs' : 'mine'} ${isMail ? 'mail' : ''}`}>
      <span class={repeated && !isMail ? 'visually-hidden' : 'message-from'}>
        {entry.channel && <ChannelIcon channel={entry.channel} size={13} label />}
        {from}
        {entry.automatic && <span class="tag">{t('log.automatic')}</span>}
      </span>
      <div class="message-body">
        {isMail && (entry.inbound || entry.subject) && <h3 class="mail-subject">{entry.subject || t('log.noSubject')}</h3>}
        {entry.html ? <MailBody html={entry.html} text={entry.text} from={from} /> : <p class="words">{entry.text}</p>}
        {entry.attachments.length > 0 && (
          <ul class="files">
            {entry.attachments.map((file) => (
              <li key={file.id}>
                <button type="button" class="btn" onClick={() => void api.download(file).catch(tellProblem)}>
                  <Icon d={clip} size={14} /> {file.name} <span class="quiet">{Math.max(1, Math.round(file.size / 1024))} kB</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <span class="message-foot">
        <Time at={entry.at} />
        {entry.delivery && <DeliveryMark state={entry.delivery} problem={entry.problem} />}
      </span>
    </li>
  )
}

const MARKS: Record<Delivery, string> = {
  pending: clock, sending: clock, unknown: alert, sent: check, failed: alert, undelivered: alert, delivered: checks, read: checks,
}

function DeliveryMark({ state, problem }: { state: Delivery; problem: string | null }) {
  return (
    <span class={`delivery ${state}`}>
      <Icon d={MARKS[state]} size={13} />
      {t(`delivery.${state}`)}
      {problem && `: ${problem}`}
    </span>
  )
}

function Note({ entry }: { entry: NoteEntry }) {
  return (
    <li class="message note">
      <span class="message-from">
        {t('log.note')} · {entry.author ?? t('log.system')}
      </span>
      <p class="message-body words">{entry.text}</p>
      <span class="message-foot">
        <Time at={entry.at} />
      </span>
    </li>
  )
}

function Fact({ entry }: { entry: FactEntry }) {
  const spoken = entry.what === 'self_service'
  return (
    <li class="fact">
      {entry.channel && <ChannelIcon channel={entry.channel} size={13} />}
      <span>
        {spoken && `${t('log.selfService')} · `}
        {label(entry.text)}
      </span>
      <Time at={entry.at} />
    </li>
  )
}

function Waiting({ caseId, reply }: { caseId: string; reply: Outgoing }) {
  const edit = () => {
    const place = `${caseId}/reply`
    const kept = draft(place).value
    writeDraft(place, kept ? `${reply.text}\n${kept}` : reply.text)
    discard(caseId, reply.key)
  }
  return (
    <li class={`message mine waiting ${reply.state}`}>
      <p class="message-body words">{reply.text}</p>
      {reply.state === 'sending' ? (
        <span class="message-foot delivery">
          <Icon d={clock} size={13} /> {t('outbox.sending')}
        </span>
      ) : (
        <span class="message-foot delivery failed" role="alert">
          <Icon d={alert} size={13} />
          <span title={t('outbox.safe')}>
            {t('outbox.failed')}
            {reply.problem && `: ${reply.problem}`}
          </span>
          <button type="button" class="btn" title={t('outbox.safe')} onClick={() => void sendAgain(caseId, reply, (entry) => addEntry(caseId, entry, false))}>
            {t('outbox.again')}
          </button>
          <button type="button" class="btn ghost" onClick={edit}>
            {t('outbox.edit')}
          </button>
        </span>
      )}
    </li>
  )
}

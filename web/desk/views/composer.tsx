import { useEffect, useRef } from 'preact/hooks'
import { Icon, send as sendIcon } from '../../shared/ui/icons'
import { ariaKey, keyName, onCommand } from '../keys'
import { addEntry, callOf, replyInteraction, type Known } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { send } from '../state/outbox'
import { agentTypes } from '../state/typing'
import { t } from '../texts'
import { NoteForm } from './note-form'
import { smsParts } from './sms-parts'

/** Where the reply is written. What is in it survives everything but sending it. */
export function Composer({ one }: { one: Known }) {
  if (one.case.state === 'closed') return <p class="composer-off">{t('compose.closed')}</p>
  if (replyInteraction(one)) return <Reply one={one} />
  if (!callOf(one.case)) return <p class="composer-off">{t('compose.nowhere')}</p>
  return (
    <div class="composer">
      <NoteForm current={one.case} />
    </div>
  )
}

function Reply({ one }: { one: Known }) {
  const current = one.case
  const field = useRef<HTMLTextAreaElement>(null)
  const target = replyInteraction(one)
  const channel = target?.channel ?? current.channel
  const place = `${current.id}/reply`
  const text = draft(place)
  const isMail = channel === 'email'
  const words = text.value.trim()

  useEffect(() => onCommand('reply', () => field.current?.focus()), [])
  useEffect(() => {
    // Opening a case puts the cursor where the work is, unless the agent is writing somewhere else.
    const active = document.activeElement
    if (!active || active === document.body || active.closest('.rail, .talk')) field.current?.focus({ preventScroll: true })
  }, [current.id])

  const submit = () => {
    if (!words) return
    writeDraft(place, '')
    void send(current.id, words, target?.id ?? null, (entry) => addEntry(current.id, entry, false))
    field.current?.focus()
  }
  const type = (value: string) => {
    writeDraft(place, value)
    if (channel === 'chat' && target && value) agentTypes(target.id)
  }
  const key = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks the candidate; it must not send.
    if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return
    if (isMail && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    submit()
  }
  const count = [...text.value].length
  const parts = channel === 'sms' && text.value ? smsParts(text.value) : 0
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div class="grow" data-text={text.value}>
        <textarea
          ref={field}
          class="input"
          rows={2}
          value={text.value}
          aria-label={t('compose.placeholder', { channel: t(`channel.${channel}`) })}
          aria-keyshortcuts={ariaKey('reply')}
          placeholder={`${t('compose.placeholder', { channel: t(`channel.${channel}`) })}  (${keyName('reply')})`}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={key}
        />
      </div>
      <div class="composer-foot">
        <span class="quiet num">
          {parts ? t('compose.segments', { count, parts }) : count ? t('compose.chars', { count }) : ''}
          {count ? ` · ${t('compose.draft')}` : ''}
        </span>
        <button type="submit" class="btn primary" disabled={!words}>
          <Icon d={sendIcon} size={15} />
          {t('compose.send')} <kbd>{isMail ? t('compose.sendKeyMail') : t('compose.sendKey')}</kbd>
        </button>
      </div>
    </form>
  )
}

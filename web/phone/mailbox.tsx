import { signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { dateTime } from '../shared/i18n'
import { Icon, back } from '../shared/ui/icons'
import { person } from './customers'
import { attempt, request } from './network'
import { t } from './texts'

/** A mail as the customer's mailbox has it; `sent` ones are known to this page only. */
interface Mail {
  id: string
  sender: string
  subject: string
  text: string
  received_at: string
  sent?: boolean
}

const SERVICE = 'support@posthouse.example'
const POLL_MS = 2000
const sent = signal<ReadonlyMap<string, Mail[]>>(new Map())

/** The mail app: what the customer's mailbox holds, and writing to the service. */
export function Mailbox() {
  const received = useSignal<Mail[]>([])
  const reading = useSignal<Mail | null>(null)
  const writing = useSignal<{ subject: string; replyTo: string | null } | null>(null)
  const { mail: address, name } = person.value
  const path = `/sim/mailboxes/${encodeURIComponent(address)}`
  const mails = [...received.value, ...(sent.value.get(address) ?? [])].sort((a, b) => b.received_at.localeCompare(a.received_at))

  const refresh = () => attempt(async () => void (received.value = (await request<Mail[]>('GET', `${path}/messages`)).data))
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), POLL_MS)
    return () => clearInterval(timer)
  }, [address])

  if (writing.value) {
    return (
      <Write
        {...writing.value}
        cancel={() => (writing.value = null)}
        send={async (subject, text) => {
          const body = { to: SERVICE, subject, text, name, in_reply_to: writing.value?.replyTo ?? null }
          const answer = await attempt(() => request<{ id: string }>('POST', `${path}/send`, { body }))
          if (!answer) return
          const mail = { id: answer.data.id, sender: address, subject, text, received_at: new Date().toISOString(), sent: true }
          sent.value = new Map(sent.value).set(address, [...(sent.value.get(address) ?? []), mail])
          writing.value = null
          reading.value = null
        }}
      />
    )
  }
  const open = reading.value
  if (open) {
    return (
      <div class="mails">
        <div class="mails-head">
          <button type="button" class="btn ghost" onClick={() => (reading.value = null)}>
            <Icon d={back} size={16} /> {t('mail.back')}
          </button>
          {!open.sent && (
            <button type="button" class="btn" onClick={() => (writing.value = { subject: reply(open.subject), replyTo: open.id })}>
              {t('mail.reply')}
            </button>
          )}
        </div>
        <div class="mail-read" tabIndex={0}>
          <h2>{open.subject || t('mail.noSubject')}</h2>
          <p class="quiet">
            {open.sender} · {dateTime(open.received_at)}
          </p>
          <p>{`\n${open.text}`}</p>
        </div>
      </div>
    )
  }
  return (
    <div class="mails">
      <div class="mails-head">
        <span class="clip quiet">{address}</span>
        <button type="button" class="btn primary" onClick={() => (writing.value = { subject: '', replyTo: null })}>
          {t('mail.write')}
        </button>
      </div>
      <div class="mails-list">
        {mails.length === 0 && <p class="hint">{t('mail.none')}</p>}
        {mails.map((one) => (
          <button type="button" key={one.id} onClick={() => (reading.value = one)}>
            <strong class="clip">{one.sent ? `→ ${SERVICE}` : one.sender}</strong>
            <span class="quiet num">{dateTime(one.received_at)}</span>
            <span class="clip">{one.subject || t('mail.noSubject')}</span>
          </button>
        ))}
      </div>
    </div>
  )
}

const reply = (subject: string) => (/^(re|回复)\s*[:：]/i.test(subject) ? subject : `Re: ${subject}`)

function Write(props: { subject: string; cancel: () => void; send: (subject: string, text: string) => Promise<void> }) {
  const subject = useSignal(props.subject)
  const text = useSignal('')
  return (
    <form
      class="mail-write"
      onSubmit={(event) => {
        event.preventDefault()
        void props.send(subject.value, text.value)
      }}
    >
      <p class="quiet clip">{t('mail.sendTo', { address: SERVICE })}</p>
      <input
        class="input"
        value={subject.value}
        aria-label={t('mail.subject')}
        placeholder={t('mail.subject')}
        onInput={(event) => (subject.value = event.currentTarget.value)}
      />
      <textarea class="input" value={text.value} aria-label={t('mail.text')} placeholder={t('mail.text')} onInput={(event) => (text.value = event.currentTarget.value)} />
      <div class="mails-head">
        <button type="button" class="btn ghost" onClick={props.cancel}>
          {t('mail.cancel')}
        </button>
        <button type="submit" class="btn primary" disabled={!text.value.trim()}>
          {t('send')}
        </button>
      </div>
    </form>
  )
}

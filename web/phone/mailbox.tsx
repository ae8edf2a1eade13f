import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { dateTime } from '../shared/i18n'
import { Icon, back } from '../shared/ui/icons'
import { person } from './customers'
import { attempt, request } from './network'
import { t } from './texts'

interface Mail {
  id: string
  from: string
  to: string
  subject: string
  text: string
  at: string
}

const POLL_MS = 2000

/** The mail app: what the customer's mailbox holds, and writing to the service. */
export function Mailbox() {
  const mails = useSignal<Mail[]>([])
  const service = useSignal('')
  const reading = useSignal<Mail | null>(null)
  const writing = useSignal<{ subject: string; replyTo: string | null } | null>(null)
  const address = person.value.mail
  const path = `/sim/mailboxes/${encodeURIComponent(address)}/messages`

  const refresh = () =>
    attempt(async () => {
      const [box, known] = await Promise.all([request<Mail[]>('GET', path), request<{ address: string }>('GET', '/sim/mailboxes')])
      mails.value = box.data
      service.value = known.data.address
    })
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), POLL_MS)
    return () => clearInterval(timer)
  }, [address])

  if (writing.value) {
    return (
      <Write
        to={service.value}
        {...writing.value}
        cancel={() => (writing.value = null)}
        send={async (subject, text) => {
          const { replyTo } = writing.value!
          if (await attempt(() => request('POST', path, { body: { to: service.value, subject, text, in_reply_to: replyTo } }))) {
            writing.value = null
            reading.value = null
            void refresh()
          }
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
          <button type="button" class="btn" onClick={() => (writing.value = { subject: reply(open.subject), replyTo: open.id })}>
            {t('mail.reply')}
          </button>
        </div>
        <div class="mail-read" tabIndex={0}>
          <h2>{open.subject || t('mail.noSubject')}</h2>
          <p class="quiet">
            {open.from} · {dateTime(open.at)}
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
        {mails.value.length === 0 && <p class="hint">{t('mail.none')}</p>}
        {mails.value.toReversed().map((one) => (
          <button type="button" key={one.id} onClick={() => (reading.value = one)}>
            <strong class="clip">{one.from === address ? `→ ${one.to}` : one.from}</strong>
            <span class="quiet num">{dateTime(one.at)}</span>
            <span class="clip">{one.subject || t('mail.noSubject')}</span>
          </button>
        ))}
      </div>
    </div>
  )
}

const reply = (subject: string) => (/^(re|回复)\s*[:：]/i.test(subject) ? subject : `Re: ${subject}`)

function Write(props: { to: string; subject: string; cancel: () => void; send: (subject: string, text: string) => Promise<void> }) {
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
      <p class="quiet clip">{t('mail.sendTo', { address: props.to })}</p>
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
        <button type="submit" class="btn primary" disabled={!text.value.trim() || !props.to}>
          {t('send')}
        </button>
      </div>
    </form>
  )
}

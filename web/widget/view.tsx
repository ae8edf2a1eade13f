import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { clockTime, dayName, fullTime } from '../shared/i18n'
import { Seal } from '../shared/ui/brand'
import { Icon, check, clock, close, alert, down, send } from '../shared/ui/icons'
import { LanguageSwitch, ThemeSwitch } from '../shared/ui/switches'
import type { Conversation, Pending } from './conversation'
import type { Entry, MessageEntry } from './protocol'
import { t } from './texts'

/** Tells the page that carries the embedded widget how many messages are unread, and when to fold it away. */
const tellHost = (message: Record<string, unknown>) => parent.postMessage({ from: 'posthouse-widget', ...message }, '*')

export function Widget({ talk, embedded }: { talk: Conversation; embedded: boolean }) {
  const folded = useSignal(embedded)
  const ending = useSignal(false)

  useEffect(() => {
    if (!embedded) return
    const hear = (event: MessageEvent) => {
      const message = event.data as { from?: string; open?: boolean } | null
      if (event.source === parent && message?.from === 'posthouse-embed') folded.value = !message.open
    }
    addEventListener('message', hear)
    tellHost({ ready: true })
    return () => removeEventListener('message', hear)
  }, [embedded])

  useSignalEffect(() => {
    const unread = talk.unread.value
    if (embedded) tellHost({ unread })
    document.title = (unread ? `(${unread}) ` : '') + `${t('title')} · Posthouse`
  })

  return (
    <main class="widget">
      <header class="widget-head">
        <Seal size={34} />
        <div class="widget-title">
          <h1>{t('title')}</h1>
          <p>{t('subtitle')}</p>
        </div>
        <LanguageSwitch />
        <ThemeSwitch />
        {embedded && (
          <button type="button" class="btn ghost icon" aria-label={t('minimise')} title={t('minimise')} onClick={() => tellHost({ fold: true })}>
            <Icon d={close} />
          </button>
        )}
      </header>
      <LineState talk={talk} />
      <Log talk={talk} folded={folded.value} />
      {ending.value ? <EndQuestion talk={talk} done={() => (ending.value = false)} /> : <Composer talk={talk} askEnd={() => (ending.value = true)} />}
    </main>
  )
}

function LineState({ talk }: { talk: Conversation }) {
  const state = talk.line.value
  if (state === 'refused') {
    return (
      <div class="widget-line danger" role="alert">
        <span>
          <strong>{t('refused.title')}</strong> {talk.refusal.value?.detail || talk.refusal.value?.title}
        </span>
        <button type="button" class="btn" onClick={talk.reconnect}>
          {t('retry')}
        </button>
      </div>
    )
  }
  const key = state === 'lost' && !navigator.onLine ? 'line.offline' : (`line.${state}` as const)
  return (
    <div class={`widget-line ${state}`} role="status">
      <i class="dot" />
      {t(key)}
    </div>
  )
}

function Log({ talk, folded }: { talk: Conversation; folded: boolean }) {
  const list = useRef<HTMLDivElement>(null)
  const atEnd = useSignal(true)
  const focused = useSignal(document.visibilityState === 'visible')
  // What stands at the end: changes with every line that comes or goes, also when one takes another's place.
  const end = useComputed(() => `${talk.lastSeq.value}/${talk.pending.value.length}/${talk.typing.value !== null}`)
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight })

  useEffect(() => {
    const look = () => (focused.value = document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  useEffect(() => {
    if (atEnd.value) toEnd()
  }, [end.value, folded])
  useEffect(() => {
    if (focused.value && !folded && atEnd.value) talk.seen()
  }, [end.value, focused.value, folded, atEnd.value, talk.line.value])

  const follow = () => {
    const box = list.current
    if (box) atEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < 48
  }

  return (
    <div class="widget-log-frame">
      <div class="widget-log" ref={list} onScroll={follow} role="log" aria-label={t('conversation')} tabIndex={0}>
        {talk.hasEarlier.value && (
          <button type="button" class="btn ghost earlier" onClick={() => void talk.earlier()}>
            {t('earlier')}
          </button>
        )}
        <p class="bubble agent welcome">{t('welcome')}</p>
        {talk.entries.value.length + talk.pending.value.length === 0 && <Chips talk={talk} />}
        {talk.entries.value.map((entry, at, all) => (
          <Line key={entry.seq} entry={entry} before={all[at - 1]} />
        ))}
        {talk.pending.value.map((message) => (
          <PendingBubble key={message.id} message={message} talk={talk} />
        ))}
        {talk.typing.value && (
          <p class="typing" role="status">
            <i />
            <i />
            <i />
            <span>{t('agentTyping', { name: talk.typing.value.name ?? t('someone') })}</span>
          </p>
        )}
      </div>
      {!atEnd.value && (
        <button type="button" class={talk.unread.value ? 'btn primary to-end' : 'btn to-end'} onClick={toEnd}>
          <Icon d={down} size={14} />
          {talk.unread.value ? t('new') : ''}
        </button>
      )}
    </div>
  )
}

function Chips({ talk }: { talk: Conversation }) {
  return (
    <div class="chips">
      {(['chip.track', 'chip.address', 'chip.complaint'] as const).map((key) => (
        <button type="button" class="chip" key={key} onClick={() => talk.say(t(key))}>
          {t(key)}
        </button>
      ))}
    </div>
  )
}

function Line({ entry, before }: { entry: Entry; before: Entry | undefined }) {
  const newDay = !before || dayName(before.ts) !== dayName(entry.ts)
  return (
    <>
      {newDay && <p class="divider">{dayName(entry.ts)}</p>}
      {entry.type === 'ended' ? (
        <p class="divider">
          {t(`ended.${entry.by}`)} · {clockTime(entry.ts)}
          <br />
          {t('ended.hint')}
        </p>
      ) : (
        <Bubble entry={entry} before={before} />
      )}
    </>
  )
}

function Bubble({ entry, before }: { entry: MessageEntry; before: Entry | undefined }) {
  const mine = entry.from === 'visitor'
  const speaker = mine ? t('you') : entry.from === 'system' ? t('system') : (entry.name ?? t('someone'))
  const repeated = before?.type === 'message' && before.from === entry.from && before.name === entry.name
  return (
    <div class={`turn ${mine ? 'mine' : 'theirs'}`}>
      <span class={mine || repeated ? 'visually-hidden' : 'speaker'}>{speaker}</span>
      <p class={`bubble ${entry.from}`}>{entry.text}</p>
      <time dateTime={entry.ts} title={fullTime(entry.ts)}>
        {clockTime(entry.ts)}
        {mine && <Icon d={check} size={12} label={t('sent')} />}
      </time>
    </div>
  )
}

function PendingBubble({ message, talk }: { message: Pending; talk: Conversation }) {
  return (
    <div class="turn mine">
      <span class="visually-hidden">{t('you')}</span>
      <p class="bubble visitor pending">{message.text}</p>
      {message.problem ? (
        <div class="unsent" role="alert">
          <Icon d={alert} size={14} />
          {t('failed', { detail: message.problem })}
          <button type="button" class="btn ghost" onClick={() => talk.sayAgain(message)}>
            {t('again')}
          </button>
          <button type="button" class="btn ghost" onClick={() => talk.discard(message)}>
            {t('discard')}
          </button>
        </div>
      ) : (
        <time dateTime={message.at}>
          {talk.line.value === 'live' ? t('sending') : t('waiting')}
          <Icon d={clock} size={12} />
        </time>
      )}
    </div>
  )
}

function Composer({ talk, askEnd }: { talk: Conversation; askEnd: () => void }) {
  const text = useSignal('')
  const field = useRef<HTMLTextAreaElement>(null)
  const left = talk.limit.value - text.value.length
  const say = () => {
    const words = text.value.trim()
    if (!words || left < 0) return
    talk.say(words)
    text.value = ''
    field.current?.focus()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        say()
      }}
    >
      <div class="grow" data-text={text.value}>
        <textarea
          ref={field}
          class="input"
          rows={1}
          value={text.value}
          aria-label={t('placeholder')}
          placeholder={t('placeholder')}
          disabled={talk.line.value === 'refused'}
          onInput={(event) => {
            text.value = event.currentTarget.value
            talk.types(text.value !== '')
          }}
          onKeyDown={(event) => {
            // While an input method composes, Enter picks the candidate; it must not send.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            say()
          }}
        />
      </div>
      <button type="submit" class="btn primary send" disabled={!text.value.trim() || left < 0} aria-label={t('send')} title={t('send')}>
        <Icon d={send} />
      </button>
      <div class="composer-foot">
        <span class={left < 0 ? 'over' : ''}>{left < 200 ? t('left', { count: left }) : ''}</span>
        <button type="button" class="btn ghost end" disabled={!talk.interaction.value} onClick={askEnd}>
          {t('end')}
        </button>
      </div>
    </form>
  )
}

function EndQuestion({ talk, done }: { talk: Conversation; done: () => void }) {
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  const end = () => {
    talk.end()
    done()
  }
  return (
    <div class="composer end-question" role="alertdialog" aria-label={t('end.ask')} onKeyDown={(event) => event.key === 'Escape' && done()}>
      <p>
        <strong>{t('end.ask')}</strong> {t('end.explain')}
      </p>
      <button type="button" class="btn" ref={first} onClick={done}>
        {t('end.no')}
      </button>
      <button type="button" class="btn danger" onClick={end}>
        {t('end.yes')}
      </button>
    </div>
  )
}

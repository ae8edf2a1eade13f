import { signal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { now } from '../shared/clock'
import { clockTime, duration } from '../shared/i18n'
import { Icon, bell, bellOff, hangUp as hangUpIcon, phone } from '../shared/ui/icons'
import { answer, calls, dial, hangUp, numbers, OVER, press, type Call, type Heard } from './network'
import { t } from './texts'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']
const aloud = signal(false)

/** The phone app: keypad and recent calls, or the call that is going on. */
export function Calls() {
  const shown = useSignal<string | null>(null)
  const current = calls.value.findLast((call) => !OVER.has(call.status))
  useEffect(() => {
    if (current) shown.value = current.sid
  }, [current?.sid])
  const call = calls.value.find((one) => one.sid === shown.value)
  return call ? <OneCall key={call.sid} call={call} done={() => (shown.value = null)} /> : <Dialler open={(sid) => (shown.value = sid)} />
}

const other = (call: Call) => (call.direction === 'inbound' ? call.to : call.from)

function Dialler({ open }: { open: (sid: string) => void }) {
  const typed = useSignal('')
  const target = typed.value || numbers.value[0] || ''
  return (
    <div class="dialler">
      <div class="recent">
        {calls.value.length === 0 && <p class="hint">{t('calls.none')}</p>}
        {calls.value.length > 0 && <h2 class="label">{t('calls.recent')}</h2>}
        {calls.value.toReversed().slice(0, 20).map((call) => (
          <button type="button" class="recent-call" key={call.sid} onClick={() => open(call.sid)}>
            <Icon d={phone} size={15} />
            <span class="num clip">{other(call)}</span>
            <span class="quiet">{t(state(call))}</span>
            <span class="quiet num">{call.transcript[0] ? clockTime(call.transcript[0].at) : ''}</span>
          </button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (target) void dial(target)
        }}
      >
        <input
          class="number num"
          inputMode="tel"
          value={typed.value}
          placeholder={numbers.value[0] ?? ''}
          aria-label={t('number')}
          onInput={(event) => (typed.value = event.currentTarget.value.replace(/[^\d+*#]/g, ''))}
        />
        <Keypad press={(digit) => (typed.value += digit)} />
        <button type="submit" class="round go" aria-label={`${t('calls.dial')} ${target}`} disabled={!target}>
          <Icon d={phone} size={26} />
        </button>
      </form>
    </div>
  )
}

function Keypad({ press: tap }: { press: (digit: string) => void }) {
  return (
    <div class="keypad" role="group" aria-label={t('calls.keypad')}>
      {KEYS.map((digit) => (
        <button type="button" key={digit} class="round num" aria-label={t('key', { digit })} onClick={() => tap(digit)}>
          {digit}
        </button>
      ))}
    </div>
  )
}

type StateKey = 'call.queued' | 'call.ringing' | 'call.incoming' | 'call.in-progress' | 'call.agent' | 'call.completed' | 'call.busy' | 'call.failed' | 'call.no-answer' | 'call.canceled'

function state(call: Call): StateKey {
  if (call.in_conference && call.status === 'in-progress') return 'call.agent'
  if (call.status === 'ringing' && call.direction !== 'inbound') return 'call.incoming'
  return `call.${call.status}` as StateKey
}

function OneCall({ call, done }: { call: Call; done: () => void }) {
  const box = useRef<HTMLDivElement>(null)
  const began = call.transcript[0]?.at
  const over = OVER.has(call.status)
  const incoming = state(call) === 'call.incoming'
  const since = useRef(began ? Date.parse(began) : Date.now())
  const until = useRef<number | null>(over ? Date.parse(call.transcript.at(-1)?.at ?? '') : null)
  if (over && until.current === null) until.current = Date.now()

  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [call.transcript.length])
  useReadAloud(call)
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!over && KEYS.includes(event.key) && !(event.target instanceof HTMLInputElement)) void press(call.sid, event.key)
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [call.sid, over])

  return (
    <div class="call-screen">
      <div class="call-head">
        <strong class="num">{other(call)}</strong>
        <span role="status">{t(state(call))}</span>
        <span class="num quiet">{duration(((until.current ?? now.value) - since.current) / 1000)}</span>
        <button
          type="button"
          class="btn ghost icon"
          aria-pressed={aloud.value}
          aria-label={aloud.value ? t('call.silent') : t('call.aloud')}
          title={aloud.value ? t('call.silent') : t('call.aloud')}
          onClick={() => (aloud.value = !aloud.value)}
        >
          <Icon d={aloud.value ? bell : bellOff} size={16} />
        </button>
      </div>
      <div class="heard" ref={box} role="log" aria-label={t('call.heard')} tabIndex={0}>
        {call.transcript.filter((line) => line.kind !== 'status').map((line, at) => (
          <Line key={at} line={line} />
        ))}
      </div>
      {!over && !incoming && (
        <>
          <p class={`listening ${call.listening ? 'on' : ''}`}>{call.listening ? t('call.listening') : ''}</p>
          <Keypad press={(digit) => void press(call.sid, digit)} />
        </>
      )}
      <div class="call-actions">
        {incoming && (
          <button type="button" class="round go" aria-label={t('call.answer')} onClick={() => void answer(call.sid)}>
            <Icon d={phone} size={26} />
          </button>
        )}
        {over ? (
          <button type="button" class="btn" onClick={done}>
            {t('call.again')}
          </button>
        ) : (
          <button type="button" class="round stop" aria-label={t('call.hangUp')} onClick={() => void hangUp(call.sid)}>
            <Icon d={hangUpIcon} size={26} />
          </button>
        )}
      </div>
    </div>
  )
}

function Line({ line }: { line: Heard }) {
  if (line.kind === 'say') {
    return (
      <p class="said" {...(line.language ? { lang: line.language } : {})}>
        {line.text}
      </p>
    )
  }
  if (line.kind === 'digits') return <p class="pressed">{t('heard.digits', { text: line.text })}</p>
  if (line.kind === 'pause') return <p class="aside">{t('heard.pause')}</p>
  if (line.kind === 'play') return <p class="aside">{t('heard.play')}</p>
  if (line.kind === 'conference') return <p class="aside">{t(line.text === 'left' ? 'heard.left' : 'heard.joined')}</p>
  return <p class="aside">{line.text}</p>
}

/** Speaks what is said from now on, by the voice of the browser. */
function useReadAloud(call: Call): void {
  const spoken = useRef(call.transcript.length)
  useSignalEffect(() => {
    if (!aloud.value) speechSynthesis.cancel()
  })
  useEffect(() => {
    for (const line of call.transcript.slice(spoken.current)) {
      if (!aloud.value || line.kind !== 'say') continue
      const words = new SpeechSynthesisUtterance(line.text)
      if (line.language) words.lang = line.language
      speechSynthesis.speak(words)
    }
    spoken.current = call.transcript.length
  }, [call.transcript.length])
}

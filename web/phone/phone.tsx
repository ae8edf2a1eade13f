import { signal, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Problem } from '../shared/http'
import { now } from '../shared/clock'
import { clockTime } from '../shared/i18n'
import { Icon, mail, phone, sms, telegram } from '../shared/ui/icons'
import { LanguageSwitch, ThemeSwitch } from '../shared/ui/switches'
import { Calls } from './calls'
import { PEOPLE, become, person } from './customers'
import { Mailbox } from './mailbox'
import { calls, follow, OVER, problem } from './network'
import { Telegram } from './telegram'
import { Texts } from './texting'
import { t } from './texts'

const APPS = [
  ['calls', phone, Calls],
  ['texts', sms, Texts],
  ['mail', mail, Mailbox],
  ['telegram', telegram, Telegram],
] as const
type App = (typeof APPS)[number][0]

const fromHash = (): App => APPS.find(([name]) => location.hash === `#${name}`)?.[0] ?? 'calls'
const app = signal<App>(fromHash())
addEventListener('hashchange', () => (app.value = fromHash()))

/** A customer's phone: calls, texts, mail and Telegram, against the simulators. In a frame it is only the screen. */
export function Phone() {
  const framed = parent !== window
  useEffect(follow, [])
  useSignalEffect(() => {
    document.title = `${t('title')} · Posthouse`
  })
  // A call coming in takes the screen, as phones do.
  const ringing = calls.value.some((call) => !OVER.has(call.status) && call.direction !== 'inbound')
  useEffect(() => {
    if (ringing) open('calls')
  }, [ringing])
  const Shown = APPS.find(([name]) => name === app.value)![2]

  return (
    <main class={`stage ${framed ? 'framed' : ''}`}>
      <header class="stage-head">
        <h1>{t('title')}</h1>
        <label>
          <span class="visually-hidden">{t('holder')}</span>
          <select class="input" value={person.value.number} onChange={(event) => become(PEOPLE.find((one) => one.number === event.currentTarget.value)!)}>
            {PEOPLE.map((one) => (
              <option key={one.number} value={one.number}>
                {one.name} · {one.number}
              </option>
            ))}
          </select>
        </label>
        {!framed && (
          <>
            <LanguageSwitch />
            <ThemeSwitch />
          </>
        )}
      </header>
      <div class="phone">
        <div class="phone-bar num" aria-hidden="true">
          <span>{clockTime(new Date(now.value))}</span>
          <span>5G</span>
        </div>
        {problem.value ? (
          <div class="notice danger" role="alert">
            <span>
              <strong>{problem.value instanceof Problem && problem.value.status ? problem.value.title : t('away')}</strong>
              {problem.value instanceof Problem ? problem.value.detail : ''}
            </span>
          </div>
        ) : null}
        <section class="screen" aria-label={t(`app.${app.value}`)} key={person.value.number}>
          <Shown />
        </section>
        <nav class="apps" aria-label={t('apps')}>
          {APPS.map(([name, icon]) => (
            <button type="button" key={name} class="app" aria-current={app.value === name ? 'page' : undefined} onClick={() => open(name)}>
              <Icon d={icon} size={22} />
              {t(`app.${name}`)}
            </button>
          ))}
        </nav>
      </div>
    </main>
  )
}

function open(name: App): void {
  app.value = name
  history.replaceState(null, '', `#${name}`)
}

import { signal, useSignalEffect } from '@preact/signals'
import { Seal } from '../shared/ui/brand'
import { Icon, chat, out, phone } from '../shared/ui/icons'
import { LanguageSwitch, ThemeSwitch } from '../shared/ui/switches'
import { Feed } from './feed'
import { t } from './texts'

const TABS = [
  ['phone', phone, '/phone/'],
  ['chat', chat, '/widget/?site=demo'],
] as const
type Tab = (typeof TABS)[number][0]

const tab = signal<Tab>('phone')

/** Both sides at once: the customer's devices on the left, the agent's desk on the right. */
export function Home() {
  useSignalEffect(() => {
    document.title = `驿站 Posthouse · ${t('agent')}`
  })
  return (
    <div class="home">
      <header class="home-head">
        <Seal size={40} />
        <div class="home-title">
          <h1>驿站 Posthouse</h1>
          <p>{t('lead')}</p>
        </div>
        <nav class="home-links" aria-label="Posthouse">
          <a href="/desk/">{t('link.desk')}</a>
          <a href="/widget/?site=demo">{t('link.widget')}</a>
          <a href="/phone/">{t('link.phone')}</a>
          <a href="/docs/">{t('link.docs')}</a>
        </nav>
        <LanguageSwitch />
        <ThemeSwitch />
        <ol class="home-steps" aria-label={t('how')}>
        {(['step.1', 'step.2', 'step.3'] as const).map((key, at) => (
          <li key={key}>
            <i class="num">{at + 1}</i>
            {t(key)}
          </li>
        ))}
        </ol>
      </header>
      <main class="sides">
        <section class="side" aria-label={t('customer')}>
          <div class="side-head">
            <h2>{t('customer')}</h2>
            <div class="tabs" role="tablist" aria-label={t('customer')}>
              {TABS.map(([name, icon]) => (
                <button type="button" role="tab" key={name} id={`tab-${name}`} aria-controls="customer" aria-selected={tab.value === name} onClick={() => (tab.value = name)}>
                  <Icon d={icon} size={15} />
                  {t(`tab.${name}`)}
                </button>
              ))}
            </div>
          </div>
          <div id="customer" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
            {TABS.map(([name, , address]) => (
              <iframe key={name} src={address} title={t(`tab.${name}`)} hidden={tab.value !== name} allow="autoplay" />
            ))}
          </div>
        </section>
        <section class="side" aria-label={t('agent')}>
          <div class="side-head">
            <h2>{t('agent')}</h2>
            <a class="btn ghost" href="/desk/" target="_blank" rel="noreferrer">
              <Icon d={out} size={15} />
              {t('open')}
            </a>
          </div>
          <iframe src="/desk/" title={t('agent')} allow="autoplay" />
        </section>
      </main>
      <Feed />
    </div>
  )
}

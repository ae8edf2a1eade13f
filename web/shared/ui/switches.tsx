import { translator } from '../i18n'
import en from '../messages/en.json'
import zh from '../messages/zh-CN.json'
import { chooseLanguage, chooseTheme, isDark, language } from '../settings'
import { Icon, globe, moon, sun } from './icons'

const t = translator({ 'zh-CN': zh, en })

/** One press goes to the other language; its name is shown in itself, so that everybody can find the way back. */
export function LanguageSwitch() {
  const other = language.value === 'en' ? 'zh-CN' : 'en'
  const name = other === 'en' ? 'English' : '中文'
  return (
    <button type="button" class="btn ghost" lang={other} onClick={() => chooseLanguage(other)} title={t('language')}>
      <Icon d={globe} size={16} />
      {name}
    </button>
  )
}

/** Light or dark. */
export function ThemeSwitch() {
  const label = `${t('theme')}: ${isDark() ? t('theme.dark') : t('theme.light')}`
  return (
    <button type="button" class="btn ghost icon" onClick={() => chooseTheme(isDark() ? 'light' : 'dark')} title={label} aria-label={label}>
      <Icon d={isDark() ? sun : moon} size={16} />
    </button>
  )
}

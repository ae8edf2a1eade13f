import { effect, signal } from '@preact/signals'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export type Theme = 'system' | 'light' | 'dark'

/** Reads a stored value; a browser that refuses storage simply forgets. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Stores a value, or removes it when `value` is null. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Storage may be full or forbidden; everything stored here is a convenience.
  }
}

const LANGUAGE_KEY = 'posthouse.language'
const THEME_KEY = 'posthouse.theme'
const query = new URLSearchParams(location.search)

function firstLanguage(): Language {
  const wanted = query.get('lang') ?? recall(LANGUAGE_KEY) ?? navigator.language
  return wanted.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

function firstTheme(): Theme {
  const wanted = query.get('theme') ?? recall(THEME_KEY)
  return wanted === 'light' || wanted === 'dark' ? wanted : 'system'
}

export const language = signal<Language>(firstLanguage())
export const theme = signal<Theme>(firstTheme())
const systemDark = signal(matchMedia('(prefers-color-scheme: dark)').matches)

export function chooseLanguage(next: Language): void {
  language.value = next
  remember(LANGUAGE_KEY, next)
}

export function chooseTheme(next: Theme): void {
  theme.value = next
  remember(THEME_KEY, next === 'system' ? null : next)
}

/** True while the page is drawn dark. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'system' && systemDark.value)
}

/** Keeps `<html>` in step with the choices, in this tab and with the others of this browser. */
export function followSettings(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => (systemDark.value = event.matches))
  addEventListener('storage', (event) => {
    if (event.key === LANGUAGE_KEY && event.newValue) language.value = event.newValue === 'zh-CN' ? 'zh-CN' : 'en'
    if (event.key === THEME_KEY) theme.value = event.newValue === 'light' || event.newValue === 'dark' ? event.newValue : 'system'
  })
  effect(() => {
    document.documentElement.lang = language.value
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  })
}

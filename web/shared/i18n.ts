import { language, type Language } from './settings'

export type Values = Record<string, string | number>

/** A page's texts: a function from key and values to the text in the chosen language. Missing keys fail the type check. */
export function translator<Key extends string>(catalogue: Record<Language, Record<Key, string>>) {
  return (key: Key, values: Values = {}): string =>
    catalogue[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

const cache = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language.value + JSON.stringify(options)
  let made = cache.get(key)
  if (!made) cache.set(key, (made = new Intl.DateTimeFormat(language.value, options)))
  return made
}

export const clockTime = (at: string | Date) => format({ hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at))
export const dayName = (at: string | Date) => format({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' }).format(new Date(at))
export const dateTime = (at: string | Date) =>
  format({ month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at))
export const fullTime = (at: string | Date) => format({ dateStyle: 'full', timeStyle: 'long' }).format(new Date(at))

/** `4:05`, or `1:04:05` from an hour on. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const pad = (value: number) => String(value).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}

/** How long ago in one unit (`3 min`, `2 h`, `5 d`), for ages that need no precision. */
export function age(seconds: number): string {
  const zh = language.value === 'zh-CN'
  if (seconds < 60) return zh ? `${Math.max(0, Math.floor(seconds))} 秒` : `${Math.max(0, Math.floor(seconds))} s`
  if (seconds < 3600) return zh ? `${Math.floor(seconds / 60)} 分钟` : `${Math.floor(seconds / 60)} min`
  if (seconds < 86400) return zh ? `${Math.floor(seconds / 3600)} 小时` : `${Math.floor(seconds / 3600)} h`
  return zh ? `${Math.floor(seconds / 86400)} 天` : `${Math.floor(seconds / 86400)} d`
}

import { translator } from '../shared/i18n'
import { language } from '../shared/settings'
import en from './messages/en.json'
import zh from './messages/zh-CN.json'
import type { Label } from './model'

export type TextKey = keyof typeof en

export const t = translator<TextKey>({ 'zh-CN': zh, en })

/** The text of a key that the catalogue may not have, such as a status a newer service sends; else `other`. */
export const maybe = (key: string, other: string): string => (key in en ? t(key as TextKey) : other)

/** A name that comes from data in both languages. */
export const label = (name: Label): string => (language.value === 'en' ? name.en : name.zh)

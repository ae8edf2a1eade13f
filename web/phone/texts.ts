import { translator } from '../shared/i18n'
import en from './messages/en.json'
import zh from './messages/zh-CN.json'

export const t = translator({ 'zh-CN': zh, en })

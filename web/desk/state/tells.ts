import { signal } from '@preact/signals'
import { Problem } from '../../shared/http'
import { maybe, t, type TextKey } from '../texts'

/** Something the agent has to know, shown until dismissed or, when it is only news, for a while. */
export interface Tell {
  id: number
  kind: 'info' | 'warn' | 'danger'
  title: string
  detail: string
}

const NEWS_MS = 8000
let last = 0

export const tells = signal<Tell[]>([])

function show(kind: Tell['kind'], title: string, detail: string): void {
  const same = tells.value.find((one) => one.title === title && one.detail === detail)
  if (same) return
  const id = ++last
  tells.value = [...tells.value.slice(-2), { id, kind, title, detail }]
  if (kind !== 'danger') setTimeout(() => dismiss(id), NEWS_MS)
}

export const dismiss = (id: number) => (tells.value = tells.value.filter((one) => one.id !== id))
export const tell = (kind: Tell['kind'], key: TextKey) => show(kind, t(key), '')

/** The kind of a problem, the last part of its type: `fields-missing`. */
export const slugOf = (error: unknown) => (error instanceof Problem ? (error.type.split(/[:/]/).at(-1) ?? '') : '')

/** The words of a failure: ours in the agent's language for kinds we know, else the service's own title and detail. */
export function words(error: unknown): { title: string; detail: string } {
  if (error instanceof Problem) {
    if (error.status === 0) return { title: t('failed.title'), detail: t('failed.noAnswer') }
    const key = `problem.${slugOf(error)}`
    return { title: maybe(key, error.title), detail: maybe(`${key}.detail`, error.detail) }
  }
  return { title: t('failed.title'), detail: error instanceof Error ? error.message : String(error) }
}

export function tellProblem(error: unknown): void {
  const { title, detail } = words(error)
  show('danger', title, detail)
}

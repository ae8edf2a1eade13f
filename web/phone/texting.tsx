import { useSignal } from '@preact/signals'
import { person } from './customers'
import { numbers, sendText, texts } from './network'
import { t } from './texts'
import { Thread } from './thread'

/** The messages app: one thread with each of the service's numbers. */
export function Texts() {
  const chosen = useSignal<string | null>(null)
  const mine = person.value.number
  const all = [...new Set([...numbers.value, ...texts.value.map((text) => (text.from === mine ? text.to : text.from))])]
  const latest = texts.value.at(-1)
  const service = chosen.value ?? (latest ? (latest.from === mine ? latest.to : latest.from) : all[0]) ?? ''
  const thread = texts.value.filter((text) => text.from === service || text.to === service)
  return (
    <Thread
      title={service}
      choices={all}
      choose={(next) => (chosen.value = next)}
      lines={thread.map((text) => ({ id: text.sid, mine: text.from === mine, text: text.body, at: text.at }))}
      empty={t('texts.none')}
      write={t('texts.write')}
      send={(words) => void sendText(service, words)}
    />
  )
}

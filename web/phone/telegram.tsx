import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { person } from './customers'
import { attempt, request } from './network'
import { t } from './texts'
import { Thread } from './thread'

interface Message {
  id: string
  from_bot: boolean
  text: string
  at: string
}

const POLL_MS = 2000

/** The Telegram app: the chat with the service's bot. */
export function Telegram() {
  const messages = useSignal<Message[]>([])
  const { telegram: chat, name } = person.value
  const path = `/sim/telegram/chats/${chat}/messages`
  const refresh = () => attempt(async () => void (messages.value = (await request<Message[]>('GET', path)).data))
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), POLL_MS)
    return () => clearInterval(timer)
  }, [path])
  return (
    <Thread
      title={t('telegram.bot')}
      lines={messages.value.map((one) => ({ id: one.id, mine: !one.from_bot, text: one.text, at: one.at }))}
      empty={t('telegram.none')}
      write={t('telegram.write')}
      send={(text) => void attempt(() => request('POST', path, { body: { text, name } })).then(refresh)}
    />
  )
}

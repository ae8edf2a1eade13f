import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { person } from './customers'
import { attempt, request } from './network'
import { t } from './texts'
import { Thread } from './thread'

interface Message {
  message_id: number
  from: string
  text: string
  date: number
}

const BOT = 'demo'
const POLL_MS = 2000

/** The Telegram app: the chat with the service's bot. */
export function Telegram() {
  const messages = useSignal<Message[]>([])
  const { telegram: chat, name } = person.value
  const path = `/sim/telegram/${BOT}/chats/${chat}`
  const refresh = () => attempt(async () => void (messages.value = (await request<Message[]>('GET', `${path}/messages`)).data))
  useEffect(() => {
    void refresh()
    const timer = setInterval(() => void refresh(), POLL_MS)
    return () => clearInterval(timer)
  }, [path])
  return (
    <Thread
      title={t('telegram.bot')}
      lines={messages.value.map((one) => ({ id: String(one.message_id), mine: one.from !== 'bot', text: one.text, at: new Date(one.date * 1000).toISOString() }))}
      empty={t('telegram.none')}
      write={t('telegram.write')}
      send={(text) => void attempt(() => request('POST', `${path}/send`, { body: { text, name } })).then(refresh)}
    />
  )
}

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { clockTime } from '../shared/i18n'
import { client } from '../shared/http'
import { language } from '../shared/settings'
import { Icon, chat, mail, phone, sms, telegram } from '../shared/ui/icons'
import { t } from './texts'

type Channel = 'voice' | 'sms' | 'email' | 'chat' | 'telegram'

interface Line {
  id: number
  at: string
  channel: Channel
  who: string
  zh: string
  en: string
}

const ICONS: Record<Channel, string> = { voice: phone, sms, email: mail, chat, telegram }
const POLL_MS = 2000
const request = client(async () => null)

/**
 * What the simulated customers do. Asked for every two seconds rather than streamed: a browser holds six lines to one
 * address, and the frames beside it need theirs.
 */
export function Feed() {
  const lines = useSignal<Line[] | null>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const ask = async () => {
      try {
        if (document.visibilityState === 'visible') lines.value = (await request<{ feed: Line[] }>('GET', '/demo/state')).data.feed
      } catch {
        lines.value = null
      }
      timer = setTimeout(() => void ask(), POLL_MS)
    }
    void ask()
    return () => clearTimeout(timer)
  }, [])
  return (
    <section class="feed" aria-label={t('feed')}>
      <h2>{t('feed')}</h2>
      <ol tabIndex={0} aria-label={t('feed')}>
        {lines.value === null && <li class="quiet">{t('feed.none')}</li>}
        {lines.value?.length === 0 && <li class="quiet">{t('feed.waiting')}</li>}
        {lines.value?.toReversed().map((line) => (
          <li key={line.id}>
            <time class="num">{clockTime(line.at)}</time>
            <Icon d={ICONS[line.channel]} size={14} label={t(`channel.${line.channel}`)} />
            <strong>{line.who}</strong>
            <span class="clip">{language.value === 'en' ? line.en : line.zh}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

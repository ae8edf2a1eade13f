import { Icon, chat, mail, phone, sms, telegram } from '../../shared/ui/icons'
import type { Channel } from '../model'
import { t } from '../texts'

const ICONS: Record<Channel, string> = { voice: phone, sms, email: mail, chat, telegram }

export const isChannel = (name: string): name is Channel => name in ICONS

export function ChannelIcon({ channel, size = 16, label }: { channel: Channel; size?: number; label?: boolean }) {
  const d = ICONS[channel]
  return label ? <Icon d={d} size={size} label={t(`channel.${channel}`)} /> : <Icon d={d} size={size} />
}

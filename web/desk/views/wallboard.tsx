import { useEffect } from 'preact/hooks'
import { duration } from '../../shared/i18n'
import { board, followBoard } from '../state/board'
import { maybe, t } from '../texts'
import { ChannelIcon, isChannel } from './channel'

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)}%`)
const seconds = (value: number | null) => (value === null ? '–' : duration(value))

/** The queues at a glance. The strip keeps its height with and without figures. */
export function Wallboard() {
  useEffect(followBoard, [])
  const shown = board.value
  return (
    <section class="board" aria-label={t('board')} tabIndex={0}>
      {!shown && <span class="quiet">{t('board.none')}</span>}
      {shown && (
        <div class="board-one">
          <strong>{t('board.agents')}</strong>
          <dl>
            <Figure name={t('presence.available')} value={String(shown.agents['available'] ?? 0)} />
            <Figure name={t('presence.away')} value={String(shown.agents['away'] ?? 0)} />
          </dl>
        </div>
      )}
      {shown?.queues.map((one) => (
        <div key={`${one.queue}/${one.channel}`} class={`board-one ${one.waiting > 0 ? 'busy' : ''}`}>
          <strong>
            {isChannel(one.channel) && <ChannelIcon channel={one.channel} size={14} label />}
            {maybe(`queue.${one.queue}`, one.queue)}
          </strong>
          <dl>
            <Figure name={t('board.waiting')} value={String(one.waiting)} />
            <Figure name={t('board.longest')} value={one.waiting ? seconds(one.longestWaitSeconds) : '–'} />
            <Figure name={t('board.level')} value={percent(one.serviceLevel)} />
            <Figure name={t('board.asa')} value={seconds(one.asaSeconds)} />
            <Figure name={t('board.abandoned')} value={percent(one.abandonment)} />
          </dl>
        </div>
      ))}
    </section>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="num">{value}</dd>
    </div>
  )
}

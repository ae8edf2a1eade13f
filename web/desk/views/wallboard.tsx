import { duration } from '../../shared/i18n'
import { figures } from '../state/work'
import { maybe, t } from '../texts'
import { ChannelIcon } from './channel'

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)}%`)
const seconds = (value: number | null) => (value === null ? '–' : duration(value))

/** The queues at a glance. The strip keeps its height with and without figures. */
export function Wallboard() {
  return (
    <section class="board" aria-label={t('board')} tabIndex={0}>
      {figures.value.length === 0 && <span class="quiet">{t('board.none')}</span>}
      {figures.value.map((one) => (
        <dl key={`${one.queue}/${one.channel ?? ''}`} class={one.waiting > 0 ? 'busy' : ''}>
          <dt class="board-queue">
            {one.channel && <ChannelIcon channel={one.channel} size={14} />}
            {one.queue ? maybe(`queue.${one.queue}`, one.queue) : t('board.all')}
          </dt>
          <Figure name={t('board.waiting')} value={String(one.waiting)} />
          <Figure name={t('board.longest')} value={seconds(one.longestWaitSeconds)} />
          <Figure name={t('board.level')} value={percent(one.serviceLevel)} />
          <Figure name={t('board.asa')} value={seconds(one.asaSeconds)} />
          <Figure name={t('board.abandoned')} value={percent(one.abandonment)} />
        </dl>
      ))}
    </section>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dd class="num">{value}</dd>
      <dt>{name}</dt>
    </div>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { now } from '../../shared/clock'
import { duration } from '../../shared/i18n'
import { newKey } from '../../shared/http'
import { Icon, hangUp as hangUpIcon, mic, micOff, phone } from '../../shared/ui/icons'
import * as api from '../api'
import { ariaKey, keyName, onCommand } from '../keys'
import type { Case, Interaction } from '../model'
import { callOf, refreshCase } from '../state/cases'
import { tellProblem } from '../state/tells'
import { t } from '../texts'

type Leg = 'waiting' | 'ringing' | 'connected' | 'ended'

function legOf(call: Interaction, owned: boolean): Leg {
  if (call.endedAt) return 'ended'
  if (call.answeredAt) return 'connected'
  return owned ? 'ringing' : 'waiting'
}

/** The call of a case, and what can be done with it. Nothing for cases without a call. */
export function CallBar({ current }: { current: Case }) {
  const call = callOf(current)
  return call ? <Call key={call.id} call={call} current={current} /> : null
}

function Call({ call, current }: { call: Interaction; current: Case }) {
  const muted = useSignal(false)
  const leg = legOf(call, current.ownerId !== null)
  const since = Date.parse(leg === 'connected' ? (call.answeredAt ?? call.startedAt) : (call.queuedAt ?? call.startedAt))
  const until = call.endedAt ? Date.parse(call.endedAt) : now.value
  const connected = leg === 'connected'

  const act = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      tellProblem(error)
    }
  }
  const mute = () =>
    act(async () => {
      await api.mute(call.id, !muted.value, newKey())
      muted.value = !muted.value
    })
  const hangUp = () => act(() => api.hangUp(call.id, newKey()).then(() => refreshCase(current.id)))

  useEffect(() => {
    if (!connected) return
    const unbind = [onCommand('mute', () => void mute()), onCommand('hangUp', () => void hangUp())]
    return () => unbind.forEach((one) => one())
  }, [connected, call.id])

  return (
    <section class={`call ${leg}`} aria-label={t('channel.voice')}>
      <Icon d={phone} />
      <strong role="status">{t(`call.${leg}`)}</strong>
      <span class="num">{duration((until - since) / 1000)}</span>
      <span class="quiet mono clip">{call.address}</span>
      <span class="top-gap" />
      <button type="button" class="btn" disabled={!connected} aria-pressed={muted.value} aria-keyshortcuts={ariaKey('mute')} onClick={() => void mute()}>
        <Icon d={muted.value ? micOff : mic} size={15} />
        {muted.value ? t('call.unmute') : t('call.mute')} <kbd>{keyName('mute')}</kbd>
      </button>
      <button type="button" class="btn danger" disabled={!connected} aria-keyshortcuts={ariaKey('hangUp')} onClick={() => void hangUp()}>
        <Icon d={hangUpIcon} size={15} />
        {t('call.hangUp')} <kbd>{keyName('hangUp')}</kbd>
      </button>
    </section>
  )
}

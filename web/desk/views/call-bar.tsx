import { useEffect } from 'preact/hooks'
import { now } from '../../shared/clock'
import { duration } from '../../shared/i18n'
import { Icon, hangUp as hangUpIcon, phone } from '../../shared/ui/icons'
import { ariaKey, keyName, onCommand } from '../keys'
import type { Case, Interaction } from '../model'
import { callOf } from '../state/cases'
import { followPhone, hangUp, leg, pickUp, reachable } from '../state/softphone'
import { tellProblem } from '../state/tells'
import { t } from '../texts'

type Stage = 'waiting' | 'ringing' | 'connected' | 'ended'

function stageOf(call: Interaction, owned: boolean): Stage {
  if (call.endedAt) return 'ended'
  if (call.answeredAt) return 'connected'
  return owned ? 'ringing' : 'waiting'
}

/** The call of a case, and what can be done with it. Nothing for cases without a call. */
export function CallBar({ current }: { current: Case }) {
  const call = callOf(current)
  return call ? <Call key={call.id} call={call} owned={current.ownerId !== null} /> : null
}

function Call({ call, owned }: { call: Interaction; owned: boolean }) {
  const stage = stageOf(call, owned)
  const since = Date.parse(stage === 'connected' || stage === 'ended' ? (call.answeredAt ?? call.startedAt) : (call.queuedAt ?? call.startedAt))
  const until = call.endedAt ? Date.parse(call.endedAt) : now.value
  const ringing = leg.value?.status === 'ringing'
  const act = (work: () => Promise<unknown>) => void work().catch(tellProblem)

  useEffect(() => (stage === 'ended' ? undefined : followPhone()), [stage === 'ended'])
  useEffect(() => {
    const unbind = [
      ...(ringing ? [onCommand('pickUp', () => act(pickUp))] : []),
      ...(leg.value ? [onCommand('hangUp', () => act(hangUp))] : []),
    ]
    return () => unbind.forEach((one) => one())
  }, [ringing, leg.value?.sid])

  return (
    <section class={`call ${stage}`} aria-label={t('channel.voice')}>
      <Icon d={phone} />
      <strong role="status">{t(stage === 'ringing' && !reachable.value ? 'call.ringing.own' : `call.${stage}`)}</strong>
      <span class="num">{duration((until - since) / 1000)}</span>
      <span class="num clip">{call.address}</span>
      <span class="top-gap" />
      {reachable.value && stage !== 'ended' && (
        <>
          {stage === 'ringing' && (
            <button type="button" class="btn primary" disabled={!ringing} aria-keyshortcuts={ariaKey('pickUp')} onClick={() => act(pickUp)}>
              <Icon d={phone} size={15} />
              {t('call.pickUp')} <kbd>{keyName('pickUp')}</kbd>
            </button>
          )}
          <button type="button" class="btn danger" disabled={!leg.value} aria-keyshortcuts={ariaKey('hangUp')} onClick={() => act(hangUp)}>
            <Icon d={hangUpIcon} size={15} />
            {t('call.hangUp')} <kbd>{keyName('hangUp')}</kbd>
          </button>
        </>
      )}
    </section>
  )
}

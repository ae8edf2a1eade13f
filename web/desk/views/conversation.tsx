import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { now } from '../../shared/clock'
import { duration } from '../../shared/i18n'
import { Icon, back, steps } from '../../shared/ui/icons'
import { ariaKey, keyName, onCommand } from '../keys'
import { addressOf, loadFailure, nameOf, refreshCase, replyInteraction, select, selected, selectedId, type Known } from '../state/cases'
import { words } from '../state/tells'
import { assignments, finishWrapUp } from '../state/work'
import { session } from '../session'
import { t } from '../texts'
import { CallBar } from './call-bar'
import { ChannelIcon } from './channel'
import { CloseDialog } from './close-dialog'
import { Composer } from './composer'
import { detailsOpen } from './details'
import { Log } from './log'

export function Conversation() {
  const id = selectedId.value
  const one = selected.value
  return <main class="talk">{one ? <Opened key={one.case.id} one={one} /> : id ? <Opening id={id} /> : <Nothing />}</main>
}

function Nothing() {
  return (
    <div class="talk-none">
      <h2>{t('pick.title')}</h2>
      <p>{t('pick.text')}</p>
    </div>
  )
}

function Opening({ id }: { id: string }) {
  const failure = loadFailure.value?.id === id ? words(loadFailure.value.error) : null
  if (!failure) return <p class="talk-none quiet">{t('loading')}</p>
  return (
    <div class="talk-none">
      <div class="notice danger" role="alert">
        <span>
          <strong>{t('case.loadFailed')}</strong>
          {failure.detail || failure.title}
        </span>
      </div>
      <button type="button" class="btn" onClick={() => void refreshCase(id)}>
        {t('retry')}
      </button>
    </div>
  )
}

function Opened({ one }: { one: Known }) {
  const closing = useSignal(false)
  const current = one.case
  const open = current.state === 'open'
  const address = addressOf(current)
  const wrapUp = assignments.value.find((held) => held.caseId === current.id && held.state === 'wrap_up')
  const others = open && current.ownerId && current.ownerId !== session.user.value?.id
  useEffect(() => (open ? onCommand('closeCase', () => (closing.value = true)) : undefined), [open])

  return (
    <>
      <header class="talk-head">
        <button type="button" class="btn ghost icon narrow-only" onClick={() => select(null)} aria-label={t('case.back')} title={t('case.back')}>
          <Icon d={back} />
        </button>
        <div class="talk-who">
          <h2 class="clip">
            <ChannelIcon channel={replyInteraction(one)?.channel ?? current.channel} size={18} label />
            {nameOf(current)}
          </h2>
          <p class="clip quiet">
            <span class="mono">{current.no}</span>
            {current.customerName && address ? ` · ${address}` : ''}
            {others ? ` · ${t('case.notYours', { name: current.ownerName ?? current.ownerId ?? '' })}` : ''}
          </p>
        </div>
        {wrapUp && (
          <button type="button" class="btn primary" onClick={() => void finishWrapUp(wrapUp)}>
            {t('work.finish')}
            {wrapUp.wrapUpUntil && <span class="num">{duration((Date.parse(wrapUp.wrapUpUntil) - now.value) / 1000)}</span>}
          </button>
        )}
        <span class={`tag ${open ? 'accent' : ''}`}>{t(`case.${current.state}`)}</span>
        <button
          type="button"
          class="btn"
          disabled={!open}
          aria-keyshortcuts={ariaKey('closeCase')}
          aria-haspopup="dialog"
          onClick={() => (closing.value = true)}
        >
          {t('case.close')} <kbd>{keyName('closeCase')}</kbd>
        </button>
        <button
          type="button"
          class="btn ghost icon middle-only"
          aria-pressed={detailsOpen.value}
          aria-keyshortcuts={ariaKey('details')}
          aria-label={t('case.details')}
          title={`${t('case.details')} (${keyName('details')})`}
          onClick={() => (detailsOpen.value = !detailsOpen.value)}
        >
          <Icon d={steps} />
        </button>
      </header>
      <CallBar current={current} />
      <Log one={one} />
      <Composer one={one} />
      {closing.value && <CloseDialog one={one} done={() => (closing.value = false)} />}
    </>
  )
}

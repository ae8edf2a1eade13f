import { useSignalEffect } from '@preact/signals'
import { age, clockTime } from '../../shared/i18n'
import { now } from '../../shared/clock'
import { takeFirst, workOrder } from '../app'
import { ariaKey, keyName } from '../keys'
import type { Offer } from '../model'
import { known, nameOf, select, selectedId, unread } from '../state/cases'
import { agent, answering, assignments, decline, offers } from '../state/work'
import { maybe, t } from '../texts'
import { ChannelIcon } from './channel'

/** The left column: what is offered to me, and below it what I work on. */
export function Rail() {
  return (
    <nav class="rail" aria-label={t('work')}>
      <OfferSlot />
      <WorkList />
    </nav>
  )
}

/** Keeps its height whether or not something is offered, so that the list below never moves. */
function OfferSlot() {
  const offer = offers.value[0]
  const presence = agent.value?.presence ?? 'offline'
  useSignalEffect(() => {
    const count = offers.value.length
    document.title = (count ? `(${count}) ` : '') + t('app')
  })
  return (
    <section class={`offer-slot ${offer ? 'ringing' : ''}`} aria-label={t('offer')}>
      <p class="visually-hidden" role="alert">
        {offer && t('offer.announce', { channel: t(`channel.${offer.channel}`), who: offer.customerName ?? t('case.unknownCustomer') })}
      </p>
      {offer ? (
        <OfferCard key={offer.id} offer={offer} more={offers.value.length - 1} />
      ) : (
        <div class="offer-none">
          <strong>{t('offer.none')}</strong>
          <p>{t(`offer.none.${presence}`)}</p>
        </div>
      )}
    </section>
  )
}

function OfferCard({ offer, more }: { offer: Offer; more: number }) {
  const busy = answering.value.has(offer.id)
  const waited = (now.value - Date.parse(offer.enqueuedAt)) / 1000
  return (
    <div class="offer">
      <div class="offer-head">
        <Ring from={offer.offeredAt} to={offer.expiresAt} />
        <div class="offer-who">
          <strong class="clip">{offer.customerName ?? t(offer.channel === 'chat' ? 'customer.visitor' : 'case.unknownCustomer')}</strong>
          <span class="offer-meta clip">
            <ChannelIcon channel={offer.channel} size={14} label />
            {maybe(`queue.${offer.queue}`, offer.queue)} · {t('offer.waited', { time: age(waited) })}
          </span>
        </div>
        {more > 0 && <span class="tag accent">{t('offer.more', { count: more })}</span>}
      </div>
      <p class="offer-preview">{offer.preview ?? offer.waybillNo ?? ''}</p>
      <div class="offer-answers">
        <button type="button" class="btn primary" disabled={busy} aria-keyshortcuts={ariaKey('accept')} onClick={() => void takeFirst()}>
          {t('offer.accept')} <kbd>{keyName('accept')}</kbd>
        </button>
        <button type="button" class="btn" disabled={busy} aria-keyshortcuts={ariaKey('decline')} onClick={() => void decline(offer)}>
          {t('offer.decline')} <kbd>{keyName('decline')}</kbd>
        </button>
      </div>
    </div>
  )
}

const CIRCLE = 2 * Math.PI * 18

/** How long the offer still stands. */
function Ring({ from, to }: { from: string; to: string }) {
  const total = Math.max(1, Date.parse(to) - Date.parse(from))
  const left = Math.max(0, Date.parse(to) - now.value)
  const seconds = Math.ceil(left / 1000)
  return (
    <svg class={`ring ${seconds <= 5 ? 'soon' : ''}`} width="44" height="44" viewBox="0 0 44 44" role="img" aria-label={t('offer.secondsLeft', { count: seconds })}>
      <circle cx="22" cy="22" r="18" />
      <circle class="ring-left" cx="22" cy="22" r="18" stroke-dasharray={CIRCLE} stroke-dashoffset={CIRCLE * (1 - Math.min(1, left / total))} />
      <text x="22" y="27">{seconds}</text>
    </svg>
  )
}

function WorkList() {
  const order = workOrder()
  return (
    <section class="work" aria-label={t('work')}>
      <h2>
        {t('work')}
        <span class="quiet num">{order.length || ''}</span>
        <span class="work-keys" aria-hidden="true">
          <kbd>{keyName('previous')}</kbd> <kbd>{keyName('next')}</kbd>
        </span>
      </h2>
      {order.length === 0 && <p class="work-none">{t('work.none')}</p>}
      <ul>
        {order.map((id) => (
          <WorkItem key={id} id={id} />
        ))}
      </ul>
    </section>
  )
}

function WorkItem({ id }: { id: string }) {
  const one = known.value.get(id)
  const assignment = assignments.value.find((held) => held.caseId === id)
  const channel = assignment?.channel ?? one?.case.channel ?? 'chat'
  const newest = one?.entries.findLast((entry) => entry.kind === 'message')
  const count = unread(id)
  const who = one ? nameOf(one.case) : (assignment?.customerName ?? t('case.unknownCustomer'))
  return (
    <li>
      <button type="button" class="work-item" aria-current={selectedId.value === id ? 'true' : undefined} onClick={() => select(id)}>
        <ChannelIcon channel={channel} label />
        <span class="work-who clip">{who}</span>
        <time class="num quiet">{newest ? clockTime(newest.at) : ''}</time>
        <span class="work-last clip">{newest?.kind === 'message' ? newest.text : (assignment?.preview ?? one?.case.no ?? '')}</span>
        {count > 0 ? (
          <span class="count" role="img" aria-label={t('work.unread', { count })}>
            {count}
          </span>
        ) : (
          assignment?.state === 'wrap_up' && <span class="tag">{t('work.wrapUp')}</span>
        )}
      </button>
    </li>
  )
}

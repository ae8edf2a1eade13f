import { signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { age, dateTime, fullTime } from '../../shared/i18n'
import { Problem } from '../../shared/http'
import { Icon, parcel as parcelIcon, refresh, search } from '../../shared/ui/icons'
import * as api from '../api'
import { ariaKey, keyName, onCommand } from '../keys'
import type { Candidate, Parcel } from '../model'
import type { Known } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { words } from '../state/tells'
import { label, maybe, t } from '../texts'
import { Panel } from './details'

const FEW_EVENTS = 4
const GOOD = new Set(['delivered', 'available_for_pickup', 'out_for_delivery'])
const BAD = new Set(['exception', 'delivery_failed', 'returning', 'returned', 'cancelled', 'not_found'])

/** What the panel shows now: a procedure that wants the tracking facts takes them from here. */
export const shownParcel = signal<Parcel | null>(null)

/** What carriers say about the parcel: looked up by the number of the case, one found in its messages, or one typed. */
export function ParcelPanel({ one }: { one: Known }) {
  const current = one.case
  const field = useRef<HTMLInputElement>(null)
  const typed = useSignal('')
  const candidates = useSignal<Candidate[]>([])
  const shown = shownParcel
  const failure = useSignal<unknown>(null)
  const asked = useSignal<string | null>(null)
  const busy = useSignal(false)

  useEffect(() => () => void (shownParcel.value = null), [])
  const look = async (waybillNo: string, carrier: string | null = null, phone: string | null = null) => {
    asked.value = waybillNo
    busy.value = true
    try {
      const found = await api.parcel(waybillNo, carrier, phone)
      if (asked.value !== waybillNo) return
      shown.value = found
      failure.value = null
    } catch (error) {
      if (asked.value !== waybillNo) return
      shown.value = null
      failure.value = error
    } finally {
      busy.value = false
    }
  }

  const said = one.entries.flatMap((entry) => (entry.kind === 'message' && entry.inbound ? [entry.subject ?? '', entry.text] : [])).slice(-20).join('\n')
  useEffect(() => {
    let gone = false
    const find = async () => {
      const text = [current.waybillNo ?? '', said].join('\n').trim()
      if (!text) return
      const found = await api.detect(text).catch(() => [])
      if (gone) return
      candidates.value = found.filter((one, at) => found.findIndex((other) => other.waybillNo === one.waybillNo) === at)
      const first = current.waybillNo ?? found[0]?.waybillNo
      if (first && asked.value === null) void look(first)
    }
    void find()
    return () => void (gone = true)
  }, [current.id, current.waybillNo, said])
  useEffect(() => onCommand('parcel', () => field.current?.focus()), [])

  const unknown = failure.value instanceof Problem && failure.value.status === 404
  const needs = failure.value instanceof Problem ? failure.value.members['needs'] : null
  const needsPhone = Array.isArray(needs) && needs.includes('phone')
  return (
    <Panel icon={parcelIcon} title="parcel">
      <form
        class="parcel-search"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.value.trim()) void look(typed.value.trim())
        }}
      >
        <input
          class="input mono"
          ref={field}
          value={typed.value}
          onInput={(event) => (typed.value = event.currentTarget.value)}
          aria-label={t('parcel.number')}
          aria-keyshortcuts={ariaKey('parcel')}
          placeholder={`${t('parcel.number')}  (${keyName('parcel')})`}
          spellcheck={false}
        />
        <button type="submit" class="btn icon" aria-label={t('parcel.look')} title={t('parcel.look')} disabled={!typed.value.trim()}>
          <Icon d={search} size={16} />
        </button>
      </form>
      {candidates.value.length > 1 && (
        <div class="candidates" role="group" aria-label={t('parcel.found')}>
          {candidates.value.slice(0, 4).map((one) => (
            <button
              type="button"
              key={one.waybillNo}
              class="chip mono"
              aria-pressed={asked.value === one.waybillNo}
              title={one.reasons.map(label).join('\n')}
              onClick={() => void look(one.waybillNo)}
            >
              {one.waybillNo}
            </button>
          ))}
        </div>
      )}
      <div class="parcel-result" aria-busy={busy.value}>
        {shown.value ? (
          <Facts parcel={shown.value} caseId={current.id} language={current.language} again={() => void look(shown.value!.waybillNo, shown.value!.carrier)} />
        ) : failure.value ? (
          <div class={`notice ${unknown ? 'warn' : 'danger'}`} role="alert">
            <div class="deviation">
              <span>
                <strong>{unknown ? t('parcel.unknown') : words(failure.value).title}</strong>
                <span class="mono">{asked.value}</span> {unknown && !needsPhone ? '' : words(failure.value).detail}
              </span>
              {needsPhone && <PhoneQuestion answer={(phone) => void look(asked.value ?? '', null, phone)} />}
            </div>
          </div>
        ) : (
          <p class="quiet">{asked.value ? t('loading') : t('parcel.none')}</p>
        )}
      </div>
    </Panel>
  )
}

function PhoneQuestion({ answer }: { answer: (phone: string) => void }) {
  const phone = useSignal('')
  return (
    <form
      class="parcel-search"
      onSubmit={(event) => {
        event.preventDefault()
        answer(phone.value)
      }}
    >
      <input
        class="input"
        inputMode="tel"
        value={phone.value}
        aria-label={t('parcel.phone')}
        placeholder={t('parcel.phone')}
        onInput={(event) => (phone.value = event.currentTarget.value)}
      />
      <button type="submit" class="btn" disabled={phone.value.replace(/\D/g, '').length < 4}>
        {t('parcel.look')}
      </button>
    </form>
  )
}

function Facts({ parcel, caseId, language, again }: { parcel: Parcel; caseId: string; language: string | null; again: () => void }) {
  const all = useSignal(false)
  const tone = BAD.has(parcel.status) || parcel.exceptions.length ? 'danger' : GOOD.has(parcel.status) ? 'ok' : 'info'
  const shown = all.value ? parcel.events : parcel.events.slice(0, FEW_EVENTS)
  const quote = () => {
    const place = `${caseId}/reply`
    const before = draft(place).value
    const sentence = language === 'en' ? parcel.answer.en : parcel.answer.zh
    writeDraft(place, before ? `${before}\n${sentence}` : sentence)
    document.querySelector<HTMLTextAreaElement>('.talk .composer textarea')?.focus()
  }
  return (
    <>
      <div class="parcel-head">
        <span class={`tag ${tone}`}>{label(parcel.statusText)}</span>
        {parcel.returning && <span class="tag warn">{t('parcel.returning')}</span>}
        {parcel.trackingState !== 'active' && <span class="tag">{maybe(`parcel.tracking.${parcel.trackingState}`, parcel.trackingState)}</span>}
      </div>
      {parcel.exceptions.map((one) => (
        <p class="notice danger" key={one.code} title={one.evidence}>
          {label(one.text)}
        </p>
      ))}
      <p class="parcel-no">
        <span class="mono">{parcel.waybillNo}</span> <span class="quiet">{label(parcel.carrierName)}</span>
      </p>
      <p class="parcel-source quiet">
        {t('parcel.asOf', { source: maybe(`source.${parcel.source}`, parcel.source), age: age(parcel.ageSeconds) })}
        {parcel.stale && <span class="tag warn">{t('parcel.stale')}</span>}
        <button type="button" class="btn ghost icon small" onClick={again} aria-label={t('parcel.again')} title={t('parcel.again')}>
          <Icon d={refresh} size={14} />
        </button>
      </p>
      <ol class="milestones" aria-label={t('parcel.milestones')}>
        {parcel.milestones.slice(-5).map((one) => (
          <li key={one.name} title={fullTime(one.at)}>
            <i />
            <span>{maybe(`milestone.${one.name}`, one.name)}</span>
            <time dateTime={one.at}>{dateTime(one.at)}</time>
          </li>
        ))}
      </ol>
      <ol class="events" aria-label={t('parcel.events')}>
        {shown.map((event) => (
          <li key={event.id}>
            <time dateTime={event.at} title={fullTime(event.at)}>
              {dateTime(event.at)}
            </time>
            <span>
              {event.text}
              {event.location && <span class="quiet"> · {event.location}</span>}
            </span>
          </li>
        ))}
      </ol>
      <div class="panel-actions">
        <button type="button" class="btn" onClick={quote}>
          {t('parcel.quote')}
        </button>
        {parcel.events.length > FEW_EVENTS && (
          <button type="button" class="btn ghost" onClick={() => (all.value = !all.value)}>
            {all.value ? t('parcel.less') : t('parcel.more', { count: parcel.events.length })}
          </button>
        )}
      </div>
    </>
  )
}

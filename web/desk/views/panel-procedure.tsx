import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { now } from '../../shared/clock'
import { age, fullTime } from '../../shared/i18n'
import { Problem, newKey } from '../../shared/http'
import { Icon, check, clock, steps as stepsIcon } from '../../shared/ui/icons'
import * as api from '../api'
import { ariaKey, onCommand } from '../keys'
import type { Case, Deadline, Procedure, Step, Way } from '../model'
import { caseIs, refreshCase, type Known } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { label, maybe, t } from '../texts'
import { Panel } from './details'
import { Refusal } from './deviation'
import { FieldInput, filled, isEmpty } from './field'

/** Where the case stands in its procedure, what the present step asks for, and the ways on. */
export function ProcedurePanel({ one }: { one: Known }) {
  const { procedure, state } = one.case
  return (
    <Panel icon={stepsIcon} title="procedure" extra={<span class="tag">{t('procedure.version', { version: procedure.version })}</span>}>
      <p class="procedure-name">{label(procedure.label)}</p>
      <Way one={one} />
      {state === 'open' && !procedure.ended && (
        <>
          {procedure.deadlines.map((deadline) => (
            <Limit key={deadline.limit + deadline.dueAt} deadline={deadline} />
          ))}
          <CurrentStep key={procedure.step} current={one.case} procedure={procedure} />
        </>
      )}
    </Panel>
  )
}

/** The steps in their usual order: which are done, which is the present one. */
function Way({ one }: { one: Known }) {
  const { id, version, step, stepLabel } = one.case.procedure
  const steps = useSignal<Step[]>([])
  useEffect(() => {
    api.procedureSteps(id, version).then(
      (found) => (steps.value = found),
      () => (steps.value = [{ id: step, label: stepLabel }]),
    )
  }, [id, version])
  const done = new Set(one.entries.flatMap((entry) => (entry.kind === 'fact' && entry.step ? [entry.step] : [])))
  return (
    <ol class="steps">
      {steps.value.map((each) => {
        const state = each.id === step ? 'current' : done.has(each.id) ? 'done' : 'ahead'
        return (
          <li key={each.id} class={state} aria-current={state === 'current' ? 'step' : undefined}>
            <i>{state === 'done' && <Icon d={check} size={11} />}</i>
            {label(each.label)}
            <span class="visually-hidden">{t(`procedure.${state}`)}</span>
          </li>
        )
      })}
    </ol>
  )
}

function Limit({ deadline }: { deadline: Deadline }) {
  const left = (Date.parse(deadline.dueAt) - now.value) / 1000
  const key = left >= 0 ? 'procedure.due' : 'procedure.late'
  return (
    <p class={`limit ${left < 0 ? 'late' : left < 60 ? 'soon' : ''}`} title={fullTime(deadline.dueAt)}>
      <Icon d={clock} size={14} />
      {t(key, { time: age(Math.abs(left)) })}
      {deadline.legal && <span class="tag">{t('procedure.legal')}</span>}
    </p>
  )
}

function CurrentStep({ current, procedure }: { current: Case; procedure: Procedure }) {
  const form = useRef<HTMLFormElement>(null)
  const place = `${current.id}/step/${procedure.step}`
  const stored = draft(place)
  const typed = stored.value ? (JSON.parse(stored.value) as Record<string, unknown>) : {}
  const values: Record<string, unknown> = { ...Object.fromEntries(procedure.fields.map((field) => [field.name, field.value])), ...typed }
  const chosen = useRef<Way | null>(null)
  const failure = useSignal<unknown>(null)
  const invalid = useSignal<ReadonlySet<string>>(new Set())
  const busy = useSignal(false)
  const choices = procedure.ways.filter((way) => way.outcome !== null && !NOT_BY_AGENTS.has(way.outcome))
  const automatic = procedure.ways.some((way) => way.outcome === null)

  useEffect(() => onCommand('step', () => form.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()), [])

  const set = (name: string, value: unknown) => {
    writeDraft(place, JSON.stringify({ ...typed, [name]: value }))
    invalid.value = new Set([...invalid.value].filter((one) => one !== name))
  }

  const nameOf = (name: string) => {
    const field = procedure.fields.find((one) => one.name === name)
    return field ? label(field.label) : name
  }

  const complete = async (way: Way | null, reason: string | null = null) => {
    chosen.current = way
    busy.value = true
    failure.value = null
    try {
      const step = { step: procedure.step, fields: filled(values), outcome: way?.outcome ?? null, reason }
      caseIs(await api.completeStep(current.id, step, newKey()))
      writeDraft(place, '')
      void refreshCase(current.id)
    } catch (error) {
      failure.value = error
      const named = error instanceof Problem ? error.errors.map((one) => one.pointer?.split('/fields/')[1]) : []
      invalid.value = new Set(named.filter((name) => name !== undefined))
    } finally {
      busy.value = false
    }
  }

  return (
    <form
      ref={form}
      class="step"
      aria-label={label(procedure.stepLabel)}
      onSubmit={(event) => {
        event.preventDefault()
        if (automatic) void complete(null)
        else if (choices.length === 1) void complete(choices[0] ?? null)
      }}
    >
      <h4>
        {label(procedure.stepLabel)} <span class="quiet">· {label(procedure.actorLabel)}</span>
      </h4>
      {procedure.note && <p class="quiet">{procedure.note}</p>}
      {procedure.fields
        .filter((field) => !(FILLED_BY_ITSELF.has(field.name) && !isEmpty(field.value)))
        .map((field) => (
          <FieldInput key={field.name} field={field} value={values[field.name]} set={(value) => set(field.name, value)} invalid={invalid.value.has(field.name)} />
        ))}
      {failure.value ? <Refusal error={failure.value} busy={busy.value} name={nameOf} deviate={(reason) => void complete(chosen.current, reason)} /> : null}
      <div class="panel-actions" title={t('procedure.kept')}>
        {automatic && (
          <button type="submit" class="btn" disabled={busy.value} aria-keyshortcuts={ariaKey('step')}>
            {t('procedure.complete')}
          </button>
        )}
        {choices.map((way) => (
          <button type="button" key={way.outcome} class="btn" disabled={busy.value} onClick={() => void complete(way)}>
            {maybe(`outcome.${way.outcome}`, label(way.label))}
          </button>
        ))}
      </div>
    </form>
  )
}

/** Outcomes that only happen by themselves. */
const NOT_BY_AGENTS = new Set(['self_served'])

/** What the system knows from the contact itself; shown only when it does not. */
const FILLED_BY_ITSELF = new Set(['contact_id', 'channel', 'contact_class'])

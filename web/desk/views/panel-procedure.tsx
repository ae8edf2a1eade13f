import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { newKey } from '../../shared/http'
import { Icon, check, steps as stepsIcon } from '../../shared/ui/icons'
import * as api from '../api'
import { ariaKey, onCommand } from '../keys'
import type { Case, Outcome, Procedure } from '../model'
import { refreshCase } from '../state/cases'
import { draft, writeDraft } from '../state/drafts'
import { words } from '../state/tells'
import { label, t } from '../texts'
import { Panel } from './details'
import { FieldInput, isEmpty } from './field'

export function ProcedurePanel({ current }: { current: Case }) {
  const { procedure } = current
  return (
    <Panel icon={stepsIcon} title="procedure" extra={procedure && <span class="tag">{t('procedure.version', { version: procedure.version })}</span>}>
      {!procedure ? (
        <p class="quiet">{t('procedure.none')}</p>
      ) : (
        <>
          <p class="procedure-name">{label(procedure.label)}</p>
          <ol class="steps">
            {procedure.steps.map((step) => (
              <li key={step.id} class={step.state} aria-current={step.state === 'current' ? 'step' : undefined}>
                <i>{step.state === 'done' && <Icon d={check} size={11} />}</i>
                {label(step.label)}
                <span class="visually-hidden">{t(`procedure.${step.state}`)}</span>
              </li>
            ))}
          </ol>
          {procedure.current && current.state === 'open' && <CurrentStep key={procedure.current.id} current={current} step={procedure.current} />}
        </>
      )}
    </Panel>
  )
}

function CurrentStep({ current, step }: { current: Case; step: NonNullable<Procedure['current']> }) {
  const form = useRef<HTMLFormElement>(null)
  const place = `${current.id}/step/${step.id}`
  const stored = draft(place)
  const kept = stored.value ? (JSON.parse(stored.value) as Record<string, unknown>) : {}
  const values: Record<string, unknown> = { ...Object.fromEntries(step.fields.map((field) => [field.id, field.value])), ...kept }
  const outcome = useSignal<Outcome | null>(null)
  const reason = useSignal('')
  const missing = useSignal<string[]>([])
  const failure = useSignal<{ title: string; detail: string } | null>(null)
  const busy = useSignal(false)

  useEffect(() => onCommand('step', () => form.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()), [])

  const set = (id: string, value: unknown) => {
    writeDraft(place, JSON.stringify({ ...kept, [id]: value }))
    missing.value = missing.value.filter((one) => one !== id)
  }

  const complete = async (chosen: Outcome | null) => {
    outcome.value = chosen
    const needed = chosen?.requires ?? step.fields.filter((field) => field.mandatory).map((field) => field.id)
    const without = needed.filter((id) => isEmpty(values[id]))
    if (without.length && !reason.value.trim()) {
      missing.value = without
      return
    }
    busy.value = true
    failure.value = null
    try {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)))
      await api.completeStep(current, step.id, given, chosen?.id ?? null, reason.value.trim() || null, newKey())
      writeDraft(place, '')
      await refreshCase(current.id)
    } catch (error) {
      failure.value = words(error)
    } finally {
      busy.value = false
    }
  }

  const names = missing.value.map((id) => label(step.fields.find((field) => field.id === id)?.label ?? { zh: id, en: id }))
  return (
    <form
      ref={form}
      class="step"
      aria-label={label(step.label)}
      onSubmit={(event) => {
        event.preventDefault()
        if (step.outcomes.length < 2) void complete(step.outcomes[0] ?? null)
      }}
    >
      {step.note && <p class="quiet">{step.note}</p>}
      {step.fields.map((field) => (
        <FieldInput key={field.id} field={field} value={values[field.id]} set={(value) => set(field.id, value)} invalid={missing.value.includes(field.id)} />
      ))}
      {missing.value.length > 0 && (
        <div class="notice warn" role="alert">
          <div class="deviation">
            <strong>{t('procedure.missing', { fields: names.join(', ') })}</strong>
            <label class="field">
              <span>{t('procedure.reason')}</span>
              <input class="input" value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
            </label>
            <button type="button" class="btn" disabled={!reason.value.trim() || busy.value} onClick={() => void complete(outcome.value)}>
              {t('procedure.deviate')}
            </button>
          </div>
        </div>
      )}
      {failure.value && (
        <div class="notice danger" role="alert">
          <span>
            <strong>{failure.value.title}</strong>
            {failure.value.detail}
          </span>
        </div>
      )}
      <div class="panel-actions" title={t('procedure.kept')}>
        {step.outcomes.length > 1 ? (
          step.outcomes.map((one) => (
            <button type="button" key={one.id} class="btn" disabled={busy.value} onClick={() => void complete(one)}>
              {label(one.label)}
            </button>
          ))
        ) : (
          <button type="submit" class="btn" disabled={busy.value} aria-keyshortcuts={ariaKey('step')}>
            {step.outcomes[0] ? label(step.outcomes[0].label) : t('procedure.complete')}
          </button>
        )}
      </div>
    </form>
  )
}

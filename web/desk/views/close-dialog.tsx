import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Problem, newKey } from '../../shared/http'
import { Dialog } from '../../shared/ui/dialog'
import * as api from '../api'
import type { Field } from '../model'
import { caseIs, mine, refreshCase, type Known } from '../state/cases'
import { refreshWork } from '../state/work'
import { label, maybe, t } from '../texts'
import { Refusal } from './deviation'
import { FieldInput, filled } from './field'

const RESOLUTIONS = ['answered', 'solved', 'follow_up', 'complaint', 'no_reply'] as const

/** Closing fields that are not plain text; what a case's present step asks for is drawn as that says. */
const KINDS: Record<string, Pick<Field, 'type' | 'options'>> = {
  answer_text: { type: 'long_text', options: [] },
  verification_level: { type: 'choice', options: ['none', 'channel', 'confirmed', 'identity'] },
  customer_role: { type: 'choice', options: ['sender', 'recipient', 'proxy_recipient', 'other'] },
  satisfaction_confirmed: { type: 'flag', options: [] },
  other_help_asked: { type: 'flag', options: [] },
  tracking_snapshot: { type: 'object', options: [] },
  answered_at: { type: 'instant', options: [] },
}

function fieldNamed(name: string, one: Known): Field {
  const asked = one.case.procedure.fields.find((field) => field.name === name)
  if (asked) return { ...asked, mandatory: true }
  const words = maybe(`field.${name}`, name.replaceAll('_', ' '))
  return { name, label: { zh: words, en: words }, mandatory: true, value: null, ...(KINDS[name] ?? { type: 'text', options: [] }) }
}

/** Asks how the case ended. What its procedure still wants before it may end, the service says, and is asked for here. */
export function CloseDialog({ one, done }: { one: Known; done: () => void }) {
  const resolution = useSignal<string>('answered')
  const given = useSignal<Record<string, unknown>>({})
  const wanted = useSignal<Field[]>([])
  const failure = useSignal<unknown>(null)
  const busy = useSignal(false)
  const seenSeq = useRef(one.entries.at(-1)?.seq ?? 0)
  const { id, no } = one.case

  const submit = async (reason: string | null = null) => {
    if (busy.value) return
    busy.value = true
    failure.value = null
    try {
      const closing = { resolution: resolution.value, fields: filled(given.value), reason, seenSeq: seenSeq.current }
      caseIs(await api.closeCase(id, closing, newKey()))
      mine.value = mine.value.filter((other) => other !== id)
      done()
      await Promise.all([refreshCase(id), refreshWork()])
    } catch (error) {
      failure.value = error
      const missing = error instanceof Problem ? error.members['missing'] : null
      if (missing && typeof missing === 'object') {
        const names = [...new Set(Object.values(missing as Record<string, string[]>).flat())]
        const known = new Set(wanted.value.map((field) => field.name))
        wanted.value = [...wanted.value, ...names.filter((name) => !known.has(name)).map((name) => fieldNamed(name, one))]
      }
      // What the customer wrote meanwhile is behind the dialog, and has been shown once it is closed and opened again.
    } finally {
      busy.value = false
    }
  }

  return (
    <Dialog title={t('closing.title', { no })} closeLabel={t('cancel')} onClose={done}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div class="dialog-body">
          <fieldset class="choices">
            <legend class="label">{t('closing.resolution')}</legend>
            {RESOLUTIONS.map((each) => (
              <label key={each}>
                <input type="radio" name="resolution" value={each} checked={resolution.value === each} onChange={() => (resolution.value = each)} />
                {t(`resolution.${each}`)}
              </label>
            ))}
          </fieldset>
          {wanted.value.length > 0 && (
            <fieldset class="wanted">
              <legend class="label">{t('closing.missing')}</legend>
              {wanted.value.map((field) => (
                <FieldInput
                  key={field.name}
                  field={field}
                  value={given.value[field.name]}
                  set={(value) => (given.value = { ...given.value, [field.name]: value })}
                  invalid={false}
                />
              ))}
            </fieldset>
          )}
          {failure.value ? <Refusal error={failure.value} busy={busy.value} name={(name) => label(fieldNamed(name, one).label)} deviate={(reason) => void submit(reason)} /> : null}
        </div>
        <div class="dialog-foot">
          <button type="button" class="btn" onClick={done}>
            {t('cancel')}
          </button>
          <button type="submit" class="btn primary" disabled={busy.value}>
            {t('closing.submit')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

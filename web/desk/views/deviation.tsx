import { useSignal } from '@preact/signals'
import { Problem } from '../../shared/http'
import { slugOf, words } from '../state/tells'
import { t } from '../texts'

/** Refusals that a reason overcomes, when the procedure allows it. */
const OVERCOME = ['fields-missing', 'steps-skipped', 'step-out-of-order']

/** Whether the service takes the same request with a reason for leaving the procedure. */
export const mayDeviate = (error: unknown) =>
  error instanceof Problem && OVERCOME.includes(slugOf(error)) && error.members['deviation_allowed'] !== false

/** The fields a refusal names, in words. */
function missing(error: unknown, name: (field: string) => string): string {
  const found = error instanceof Problem ? error.members['missing'] : null
  return found && typeof found === 'object' ? [...new Set(Object.values(found as Record<string, string[]>).flat())].map(name).join(', ') : ''
}

/** Says why the service refused, and offers to go on all the same where the procedure allows it. */
export function Refusal(props: { error: unknown; busy: boolean; name: (field: string) => string; deviate: (reason: string) => void }) {
  const { error, busy, name, deviate } = props
  const reason = useSignal('')
  const { title, detail } = words(error)
  const allowed = mayDeviate(error)
  return (
    <div class={`notice ${allowed ? 'warn' : 'danger'}`} role="alert">
      <div class="deviation">
        <span>
          <strong>{title}</strong>
          {missing(error, name) || detail}
        </span>
        {allowed && (
          <>
            <label class="field">
              <span>{t('procedure.reason')}</span>
              <input class="input" value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
            </label>
            <button type="button" class="btn" disabled={!reason.value.trim() || busy} onClick={() => deviate(reason.value.trim())}>
              {t('procedure.deviate')}
            </button>
          </>
        )}
      </div>
    </div>
  )
}

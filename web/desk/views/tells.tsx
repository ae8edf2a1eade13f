import { Icon, close } from '../../shared/ui/icons'
import { dismiss, tells } from '../state/tells'
import { t } from '../texts'

/** What the agent has to know, over the page and moving nothing on it. */
export function Tells() {
  return (
    <div class="tells" role="status" aria-live="polite">
      {tells.value.map((one) => (
        <div key={one.id} class={`tell notice ${one.kind}`}>
          <span>
            <strong>{one.title}</strong>
            {one.detail}
          </span>
          <button type="button" class="btn ghost icon" onClick={() => dismiss(one.id)} aria-label={t('dismiss')} title={t('dismiss')}>
            <Icon d={close} size={14} />
          </button>
        </div>
      ))}
    </div>
  )
}

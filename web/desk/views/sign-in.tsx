import { useSignal } from '@preact/signals'
import { Seal } from '../../shared/ui/brand'
import { LanguageSwitch, ThemeSwitch } from '../../shared/ui/switches'
import { session } from '../session'
import { words } from '../state/tells'
import { t } from '../texts'

/** The door: who signs in, and how, is the issuer's business. */
export function SignIn({ failure }: { failure: { title: string; detail: string } | null }) {
  const problem = useSignal(failure)
  const busy = useSignal(false)
  const go = async () => {
    busy.value = true
    try {
      await session.signIn()
    } catch (error) {
      busy.value = false
      problem.value = words(error)
    }
  }
  return (
    <main class="door">
      <div class="door-switches">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <div class="door-card">
        <Seal size={56} />
        <h1>{t('signIn.title')}</h1>
        <p class="quiet">{t('signIn.lead')}</p>
        {problem.value && (
          <div class="notice danger" role="alert">
            <span>
              <strong>{t('signIn.failed')}</strong>
              {problem.value.detail || problem.value.title}
            </span>
          </div>
        )}
        <button type="button" class="btn primary door-button" onClick={() => void go()} disabled={busy.value} autofocus>
          {t('signIn')}
        </button>
      </div>
    </main>
  )
}

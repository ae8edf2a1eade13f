import { useSignal } from '@preact/signals'
import { newKey } from '../../shared/http'
import { useRef } from 'preact/hooks'
import { Dialog } from '../../shared/ui/dialog'
import * as api from '../api'
import type { Case } from '../model'
import { refreshCase, refreshMyCases } from '../state/cases'
import { words } from '../state/tells'
import { refreshWork } from '../state/work'
import { label, t } from '../texts'
import { FieldInput, isEmpty } from './field'

const RESOLUTIONS = ['answered', 'solved', 'follow_up', 'complaint', 'no_reply'] as const

/** Asks how the case ended and for whatever its procedure still wants before it may end. */
export function CloseDialog({ current, done }: { current: Case; done: () => void }) {
  const resolution = useSignal<string>('answered')
  const given = useSignal<Record<string, unknown>>({})
  const reason = useSignal('')
  const failure = useSignal<{ title: string; detail: string } | null>(null)
  const busy = useSignal(false)
  const key = useRef(newKey())
  const wanted = useRef(current.procedure?.closing.filter((field) => isEmpty(field.value)) ?? []).current
  const missing = wanted.filter((field) => isEmpty(given.value[field.id]))

  const submit = async () => {
    if (busy.value || (missing.length && !reason.value.trim())) return
    busy.value = true
    failure.value = null
    try {
      const fields = Object.fromEntries(Object.entries(given.value).filter(([, value]) => !isEmpty(value)))
      await api.closeCase(current, resolution.value, fields, missing.length ? reason.value.trim() : null, key.current)
      done()
      await Promise.all([refreshCase(current.id), refreshMyCases(), refreshWork()])
    } catch (error) {
      failure.value = words(error)
      key.current = newKey()
    } finally {
      busy.value = false
    }
  }

  return (
    <Dialog title={t('closing.title', { no: current.no })} closeLabel={t('cancel')} onClose={done}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <div class="dialog-body">
          <fieldset class="choices">
            <legend class="label">{t('closing.resolution')}</legend>
            {RESOLUTIONS.map((one) => (
              <label key={one}>
                <input type="radio" name="resolution" value={one} checked={resolution.value === one} onChange={() => (resolution.value = one)} />
                {t(`resolution.${one}`)}
              </label>
            ))}
          </fieldset>
          {wanted.length > 0 && (
            <fieldset class="wanted">
              <legend class="label">{t('closing.missing')}</legend>
              {wanted.map((field) => (
                <FieldInput
                  key={field.id}
                  field={field}
                  value={given.value[field.id]}
                  set={(value) => (given.value = { ...given.value, [field.id]: value })}
                  invalid={false}
                />
              ))}
              <label class="field" hidden={missing.length === 0}>
                <span>
                  {t('closing.reason')} ({missing.map((field) => label(field.label)).join(', ')})
                </span>
                <input class="input" value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
                <small class="quiet">{t('closing.reason.help')}</small>
              </label>
            </fieldset>
          )}
          {failure.value && (
            <div class="notice danger" role="alert">
              <span>
                <strong>{failure.value.title}</strong>
                {failure.value.detail}
              </span>
            </div>
          )}
        </div>
        <div class="dialog-foot">
          <button type="button" class="btn" onClick={done}>
            {t('cancel')}
          </button>
          <button type="submit" class="btn primary" disabled={busy.value || (missing.length > 0 && !reason.value.trim())}>
            {t('closing.submit')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

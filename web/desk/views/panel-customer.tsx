import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { dateTime } from '../../shared/i18n'
import { Icon, check, person } from '../../shared/ui/icons'
import * as api from '../api'
import type { Case, Customer } from '../model'
import { select } from '../state/cases'
import { words } from '../state/tells'
import { t } from '../texts'
import { Panel } from './details'

export function CustomerPanel({ current }: { current: Case }) {
  const customer = useSignal<Customer | null>(null)
  const failure = useSignal<unknown>(null)
  useEffect(() => {
    let gone = false
    api.customer(current.customerId).then(
      (found) => void (gone || (customer.value = found)),
      (error: unknown) => void (gone || (failure.value = error)),
    )
    return () => void (gone = true)
  }, [current.customerId, current.version])

  const who = customer.value
  const others = who?.cases.filter((one) => one.id !== current.id) ?? []
  return (
    <Panel icon={person} title="customer">
      {failure.value ? <p class="quiet">{words(failure.value).detail || words(failure.value).title}</p> : null}
      {who && (
        <>
          <p class="customer-name">
            {who.name ?? t('case.unknownCustomer')}
            {who.language && <span class="tag">{who.language === 'en' ? 'English' : '中文'}</span>}
          </p>
          <ul class="contacts" aria-label={t('customer.contact')}>
            {who.contactPoints.map((point) => (
              <li key={point.id}>
                <span class="num clip">{point.address}</span>
                {point.verified && (
                  <span class="tag ok">
                    <Icon d={check} size={12} /> {t('customer.verified')}
                  </span>
                )}
              </li>
            ))}
          </ul>
          <h4 class="label">{t('customer.cases')}</h4>
          {others.length === 0 && <p class="quiet">{t('customer.noCases')}</p>}
          <ul class="contacts">
            {others.map((one) => (
              <li key={one.id}>
                <button type="button" class="linklike" onClick={() => select(one.id)}>
                  <span class="mono">{one.no}</span>
                </button>
                <span class="quiet">{dateTime(one.openedAt)}</span>
                <span class="tag">{one.state === 'open' ? t('case.open') : t('case.closed')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

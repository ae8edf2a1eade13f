import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Icon, close } from '../../shared/ui/icons'
import { selected } from '../state/cases'
import { t, type TextKey } from '../texts'
import { CustomerPanel } from './panel-customer'
import { NotesPanel } from './panel-notes'
import { ParcelPanel } from './panel-parcel'
import { ProcedurePanel } from './panel-procedure'

/** On narrow screens the details lie over the conversation when asked for; on wide ones they are always there. */
export const detailsOpen = signal(false)

/** What there is to know about the selected case: parcel, procedure, customer, notes, always in this order. */
export function Details() {
  const one = selected.value
  return (
    <aside class="details" aria-label={t('case.details')}>
      <button type="button" class="btn ghost icon details-close" onClick={() => (detailsOpen.value = false)} aria-label={t('close')} title={t('close')}>
        <Icon d={close} />
      </button>
      {one && (
        <div class="details-body" key={one.case.id}>
          <ParcelPanel one={one} />
          <ProcedurePanel one={one} />
          <CustomerPanel current={one.case} />
          <NotesPanel one={one} />
        </div>
      )}
    </aside>
  )
}

export function Panel({ icon, title, extra, children }: { icon: string; title: TextKey; extra?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel" aria-label={t(title)}>
      <h3 class="panel-head">
        <Icon d={icon} size={16} />
        {t(title)}
        <span class="top-gap" />
        {extra}
      </h3>
      {children}
    </section>
  )
}

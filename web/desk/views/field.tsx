import { language } from '../../shared/settings'
import type { Field } from '../model'
import { label, maybe, t } from '../texts'
import { shownParcel } from './panel-parcel'

interface Props {
  field: Field
  value: unknown
  set: (value: unknown) => void
  invalid: boolean
}

const plain = (value: unknown) => (value === null || value === undefined ? '' : String(value))

/** An entry field of a procedure, drawn by its type. Values are JSON as the service keeps them; '' and null are empty. */
export function FieldInput(props: Props) {
  const { field } = props
  return (
    <label class="field">
      <span>
        {label(field.label)}
        {field.mandatory && <em class="required"> {t('procedure.mandatory')}</em>}
      </span>
      <Entry {...props} />
    </label>
  )
}

function Entry({ field, value, set, invalid }: Props) {
  const text = plain(value)
  const common = { class: 'input', 'aria-invalid': invalid }
  switch (field.type) {
    case 'choice':
      return (
        <select {...common} value={text} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">{t('procedure.choose')}</option>
          {field.options.map((option) => (
            <option key={option} value={option}>
              {maybe(`option.${field.name}.${option}`, option.replaceAll('_', ' '))}
            </option>
          ))}
        </select>
      )
    case 'flag':
      return (
        <select {...common} value={text} onChange={(event) => set(event.currentTarget.value === '' ? null : event.currentTarget.value === 'true')}>
          <option value="">{t('procedure.choose')}</option>
          <option value="true">{t('procedure.yes')}</option>
          <option value="false">{t('procedure.no')}</option>
        </select>
      )
    case 'long_text':
      return <textarea {...common} rows={3} value={text} onInput={(event) => set(event.currentTarget.value)} />
    case 'instant':
      return (
        <span class="field-with">
          <input {...common} type="datetime-local" value={toLocal(text)} onInput={(event) => set(fromLocal(event.currentTarget.value))} />
          <button type="button" class="btn" onClick={() => set(new Date().toISOString())}>
            {t('procedure.now')}
          </button>
        </span>
      )
    case 'number':
    case 'money':
      return (
        <input
          {...common}
          inputMode="decimal"
          lang={language.value}
          value={text}
          onInput={(event) => set(event.currentTarget.value === '' ? null : numeric(event.currentTarget.value))}
        />
      )
    case 'list':
      return (
        <textarea
          {...common}
          rows={2}
          value={Array.isArray(value) ? value.join('\n') : text}
          onInput={(event) => set(event.currentTarget.value.split('\n').filter((line) => line.trim()))}
        />
      )
    case 'object':
      return <Facts value={value} set={set} invalid={invalid} />
    default:
      return <input {...common} value={text} onInput={(event) => set(event.currentTarget.value)} />
  }
}

/** Facts are never typed: they are what the parcel panel shows, with their source and time. */
function Facts({ value, set, invalid }: Pick<Props, 'value' | 'set' | 'invalid'>) {
  const parcel = shownParcel.value
  const taken = value as { waybill_no?: string; status?: string } | null | undefined
  return (
    <span class="field-with">
      <output class="input clip" aria-invalid={invalid}>
        {taken ? `${taken.waybill_no ?? ''} ${maybe(`status.${taken.status}`, taken.status ?? '')}` : t('procedure.noFacts')}
      </output>
      <button
        type="button"
        class="btn"
        disabled={!parcel}
        onClick={() =>
          parcel &&
          set({
            waybill_no: parcel.waybillNo,
            carrier: parcel.carrier,
            status: parcel.status,
            source: parcel.source,
            as_of: parcel.asOf,
            last_event: parcel.events[0] ?? null,
          })
        }
      >
        {t('procedure.takeFacts')}
      </button>
    </span>
  )
}

/** A number once it is one; what is typed on the way to one stays text. */
const numeric = (text: string) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)

function toLocal(iso: string): string {
  if (!iso) return ''
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const fromLocal = (local: string) => (local ? new Date(local).toISOString() : null)

export const isEmpty = (value: unknown) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** The values that are there. */
export const filled = (values: Record<string, unknown>) => Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)))

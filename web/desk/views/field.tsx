import { language } from '../../shared/settings'
import type { Field } from '../model'
import { label, t } from '../texts'

/** An entry field of a procedure, drawn by its type. Values are JSON as the service keeps them; '' and null are empty. */
export function FieldInput({ field, value, set, invalid }: { field: Field; value: unknown; set: (value: unknown) => void; invalid: boolean }) {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const common = { class: 'input', 'aria-required': field.mandatory, 'aria-invalid': invalid }
  return (
    <label class="field">
      <span>
        {label(field.label)}
        {field.mandatory && <em class="required"> {t('procedure.mandatory')}</em>}
      </span>
      {field.type === 'choice' ? (
        <select {...common} value={text} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">{t('procedure.choose')}</option>
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {label(option.label)}
            </option>
          ))}
        </select>
      ) : field.type === 'flag' ? (
        <select
          {...common}
          value={text}
          onChange={(event) => set(event.currentTarget.value === '' ? null : event.currentTarget.value === 'true')}
        >
          <option value="">{t('procedure.choose')}</option>
          <option value="true">{t('procedure.yes')}</option>
          <option value="false">{t('procedure.no')}</option>
        </select>
      ) : field.type === 'long_text' ? (
        <textarea {...common} rows={3} value={text} onInput={(event) => set(event.currentTarget.value)} />
      ) : field.type === 'instant' ? (
        <input {...common} type="datetime-local" value={toLocal(text)} onInput={(event) => set(fromLocal(event.currentTarget.value))} />
      ) : field.type === 'number' || field.type === 'money' ? (
        <input
          {...common}
          inputMode="decimal"
          lang={language.value}
          value={text}
          onInput={(event) => set(event.currentTarget.value === '' ? null : numeric(event.currentTarget.value))}
        />
      ) : (
        <input {...common} value={text} onInput={(event) => set(event.currentTarget.value)} />
      )}
    </label>
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

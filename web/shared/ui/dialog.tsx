import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon, close } from './icons'

/** A modal dialog on the platform's own: it keeps the focus inside, closes with Escape and gives the focus back. */
export function Dialog(props: { title: string; closeLabel: string; onClose: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      class="dialog"
      ref={element}
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => event.target === element.current && props.onClose()}
    >
      <div class="dialog-head">
        <h2>{props.title}</h2>
        <button type="button" class="btn ghost icon" onClick={props.onClose} aria-label={props.closeLabel} title={props.closeLabel}>
          <Icon d={close} />
        </button>
      </div>
      {props.children}
    </dialog>
  )
}

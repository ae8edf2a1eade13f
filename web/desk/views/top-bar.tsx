import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Seal } from '../../shared/ui/brand'
import { Icon, bell, bellOff, chevron, keys, out } from '../../shared/ui/icons'
import { LanguageSwitch, ThemeSwitch } from '../../shared/ui/switches'
import { ariaKey, helpOpen, keyName } from '../keys'
import { session } from '../session'
import { soundOn, toggleSound } from '../sound'
import { agent, line, setPresence } from '../state/work'
import { maybe, t } from '../texts'

/** Why one can be away. What other words a service sends are shown as they are. */
const REASONS = ['break', 'meal', 'meeting', 'training', 'paperwork'] as const

export function TopBar() {
  return (
    <header class="top">
      <Seal size={28} />
      <h1 class="top-name">{t('app')}</h1>
      <LineState />
      <span class="top-gap" />
      <PresenceMenu />
      <span class="top-tools">
        <button
          type="button"
          class="btn ghost icon"
          onClick={toggleSound}
          aria-pressed={soundOn.value}
          aria-label={soundOn.value ? t('sound.on') : t('sound.off')}
          title={soundOn.value ? t('sound.on') : t('sound.off')}
        >
          <Icon d={soundOn.value ? bell : bellOff} size={16} />
        </button>
        <button
          type="button"
          class="btn ghost icon"
          onClick={() => (helpOpen.value = true)}
          aria-label={t('help')}
          aria-keyshortcuts={ariaKey('help')}
          title={`${t('help')} (${keyName('help')})`}
        >
          <Icon d={keys} size={16} />
        </button>
        <LanguageSwitch />
        <ThemeSwitch />
        <button type="button" class="btn ghost icon" onClick={() => void session.signOut()} aria-label={t('signOut')} title={t('signOut')}>
          <Icon d={out} size={16} />
        </button>
      </span>
    </header>
  )
}

function LineState() {
  const state = line.value
  return (
    <span class={`line ${state}`} role="status" title={state === 'connecting' ? '' : t(`line.${state}.help`)}>
      <i class="dot" />
      {t(`line.${state}`)}
    </span>
  )
}

function PresenceMenu() {
  const open = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const me = agent.value
  const presence = me?.presence ?? 'offline'

  useEffect(() => {
    if (!open.value) return
    box.current?.querySelector<HTMLButtonElement>('[role=menuitemradio][aria-checked=true], [role=menuitemradio]')?.focus()
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) open.value = false
    }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [open.value])

  const choose = (next: 'available' | 'away', reason: string | null) => {
    open.value = false
    box.current?.querySelector<HTMLButtonElement>('.presence')?.focus()
    void setPresence(next, reason)
  }
  const walk = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      open.value = false
      box.current?.querySelector<HTMLButtonElement>('.presence')?.focus()
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    const items = [...(box.current?.querySelectorAll<HTMLButtonElement>('[role=menuitemradio]') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLButtonElement)
    items[(at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length]?.focus()
  }
  const reasonText = me?.reason ? maybe(`reason.${me.reason}`, me.reason) : null

  return (
    <div class="presence-box" ref={box} onKeyDown={walk}>
      {presence !== 'available' && (
        <button type="button" class="btn primary" disabled={!me} onClick={() => choose('available', null)}>
          {t('goAvailable')} <kbd>{keyName('presence')}</kbd>
        </button>
      )}
      <button
        type="button"
        class="btn presence"
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-keyshortcuts={ariaKey('presence')}
        disabled={!me}
        onClick={() => (open.value = !open.value)}
      >
        <i class={`dot ${presence}`} />
        <span class="visually-hidden">{t('presence')}: </span>
        <span class="presence-name clip">{me?.name ?? session.user.value?.name}</span>
        <span class="quiet">{presence === 'away' && reasonText ? reasonText : t(`presence.${presence}`)}</span>
        <Icon d={chevron} size={14} />
      </button>
      {open.value && (
        <div class="menu" role="menu" aria-label={t('presence')}>
          <button type="button" role="menuitemradio" aria-checked={presence === 'available'} onClick={() => choose('available', null)}>
            <i class="dot available" />
            {t('presence.available')}
          </button>
          {REASONS.map((reason) => (
            <button
              type="button"
              role="menuitemradio"
              key={reason}
              aria-checked={presence === 'away' && me?.reason === reason}
              onClick={() => choose('away', reason)}
            >
              <i class="dot away" />
              {t('presence.away')} · {t(`reason.${reason}`)}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

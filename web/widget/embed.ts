/**
 * Puts the chat on any page:
 *
 *   <script src="https://posthouse.example/widget/embed.js" data-site="demo" async></script>
 *
 * Optional: `data-lang` (zh-CN, en), `data-theme` (light, dark), `data-label` (what the button says).
 * The chat itself runs in a frame of Posthouse's origin, so the page can't read the conversation, nor the chat the page.
 */
;(() => {
  const script = document.currentScript as HTMLScriptElement | null
  if (!script) return
  const origin = new URL(script.src).origin
  const { site = 'demo', lang, theme, label } = script.dataset
  const words = label ?? ((lang ?? navigator.language).toLowerCase().startsWith('zh') ? '在线客服' : 'Chat with us')
  const address = new URL('/widget/', origin)
  address.searchParams.set('site', site)
  address.searchParams.set('embed', '')
  if (lang) address.searchParams.set('lang', lang)
  if (theme) address.searchParams.set('theme', theme)

  const host = document.createElement('div')
  const shadow = host.attachShadow({ mode: 'open' })
  shadow.innerHTML = `<style>
    :host { all: initial }
    button, iframe { position: fixed; right: 20px; z-index: 2147483000; border: 0 }
    button { bottom: 20px; width: 56px; height: 56px; padding: 0; border-radius: 28px; background: #0d6a5c; color: #fff;
      cursor: pointer; box-shadow: 0 6px 20px rgb(0 0 0 / 25%) }
    button:hover { background: #0a574b }
    button:focus-visible { outline: 3px solid #0d6a5c; outline-offset: 3px }
    button svg { display: block; margin: auto }
    b { position: absolute; top: -4px; right: -4px; min-width: 22px; padding: 0 6px; border-radius: 11px; background: #b8321f;
      font: 600 12px/22px system-ui, sans-serif; box-sizing: border-box }
    iframe { bottom: 88px; width: min(392px, calc(100vw - 32px)); height: min(620px, calc(100vh - 112px)); border-radius: 16px;
      background: #fff; box-shadow: 0 16px 48px rgb(0 0 0 / 25%) }
    [hidden] { display: none }
  </style>
  <iframe hidden></iframe>
  <button type="button" aria-expanded="false"><svg width="26" height="26" viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width="1.6" stroke-linejoin="round" aria-hidden="true"><path d="M10 3.500c4.1 0 7.3 2.7 7.3 6.200S14.1 16 10
    16c-.8 0-1.6-.1-2.3-.3L4 17.200l.9-3.200a5.7 5.7 0 0 1-2.2-4.300c0-3.5 3.2-6.2 7.3-6.200Z"/></svg><b hidden></b></button>`
  const frame = shadow.querySelector('iframe') as HTMLIFrameElement
  const button = shadow.querySelector('button') as HTMLButtonElement
  const badge = shadow.querySelector('b') as HTMLElement
  frame.title = words
  button.setAttribute('aria-label', words)

  // Who has chatted here before is connected from the start, so that an answer shows on the button.
  const opened = 'posthouse.chat.opened'
  const load = () => {
    if (!frame.src) frame.src = address.href
  }
  try {
    if (localStorage.getItem(opened)) load()
  } catch {
    // No storage: the chat loads when it is opened.
  }

  let open = false
  const tell = () => frame.contentWindow?.postMessage({ from: 'posthouse-embed', open }, origin)
  const turn = (next: boolean) => {
    open = next
    if (open) {
      load()
      try {
        localStorage.setItem(opened, '1')
      } catch {
        // No storage: nothing to remember.
      }
    }
    frame.hidden = !open
    button.setAttribute('aria-expanded', String(open))
    tell()
    ;(open ? frame : button).focus()
  }
  button.addEventListener('click', () => turn(!open))
  addEventListener('message', (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow || event.data?.from !== 'posthouse-widget') return
    const { unread, fold, ready } = event.data as { unread?: number; fold?: boolean; ready?: boolean }
    if (ready) tell()
    if (fold) turn(false)
    if (unread === undefined) return
    badge.hidden = open || unread === 0
    badge.textContent = unread > 9 ? '9+' : String(unread)
    button.setAttribute('aria-label', unread ? `${words} (${unread})` : words)
  })
  document.body.append(host)
})()

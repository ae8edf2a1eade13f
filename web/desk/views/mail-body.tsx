import { useSignal } from '@preact/signals'
import { t } from '../texts'

/**
 * Sanitised HTML of a mail, shut in once more: the frame runs no script, loads nothing from anywhere (a picture from
 * the sender's server would tell them when it was read), and its links open outside the desk without saying from where.
 */
const shell = (html: string) => `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: cid:; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer"><base target="_blank">
<style>body{margin:0;padding:12px;font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
color:#1c2024;background:#fff;overflow-wrap:anywhere}img,table{max-width:100%}blockquote{margin:8px 0;padding-left:12px;
border-left:3px solid #e2e1db;color:#4d535b}pre{white-space:pre-wrap}</style>${html}`

const TALLEST_PX = 480

export function MailBody({ html, text, from }: { html: string; text: string; from: string }) {
  const plain = useSignal(false)
  const height = useSignal(120)
  // The frame is of this origin only so that its height can be read; without allow-scripts nothing in it can use that.
  const measure = (event: Event) => {
    const root = (event.currentTarget as HTMLIFrameElement).contentDocument?.documentElement
    if (root) height.value = Math.min(TALLEST_PX, root.scrollHeight + 2)
  }
  return (
    <>
      {plain.value ? (
        <p class="words">{text}</p>
      ) : (
        <iframe
          class="mail-frame"
          title={t('log.mailFrame', { name: from })}
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          srcdoc={shell(html)}
          style={{ height: `${height.value}px` }}
          onLoad={measure}
        />
      )}
      <button type="button" class="btn ghost mail-switch" onClick={() => (plain.value = !plain.value)}>
        {plain.value ? t('log.showHtml') : t('log.showText')}
      </button>
    </>
  )
}

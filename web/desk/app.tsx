import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { helpOpen, onCommand } from './keys'
import { session } from './session'
import { followAddress, mine, openAccepted, select, selectedId } from './state/cases'
import { words } from './state/tells'
import { accept, assignments, decline, goLive, offers, togglePresence } from './state/work'
import { t } from './texts'
import { Conversation } from './views/conversation'
import { Details, detailsOpen } from './views/details'
import { Help } from './views/help'
import { Rail } from './views/rail'
import { SignIn } from './views/sign-in'
import { Tells } from './views/tells'
import { TopBar } from './views/top-bar'
import { Wallboard } from './views/wallboard'

type Stage = 'checking' | 'out' | 'in'

export function App() {
  const stage = useSignal<Stage>('checking')
  const failure = useSignal<unknown>(null)

  useEffect(() => {
    document.title = t('app')
    session
      .resume()
      .then((signedIn) => (stage.value = signedIn ? 'in' : 'out'))
      .catch((error: unknown) => {
        failure.value = error
        stage.value = 'out'
      })
  }, [])
  useEffect(() => session.user.subscribe((user) => !user && stage.value === 'in' && (stage.value = 'out')), [])

  if (stage.value === 'checking') return <p class="visually-hidden">{t('loading')}</p>
  if (stage.value === 'out') return <SignIn failure={failure.value ? words(failure.value) : null} />
  return <Desk />
}

function Desk() {
  useEffect(goLive, [])
  useEffect(followAddress, [])
  useEffect(() => {
    const first = () => offers.value[0]
    const unbind = [
      onCommand('accept', () => void takeFirst()),
      onCommand('decline', () => void (first() && decline(first()!))),
      onCommand('next', () => move(1)),
      onCommand('previous', () => move(-1)),
      onCommand('presence', togglePresence),
      onCommand('details', () => (detailsOpen.value = !detailsOpen.value)),
      onCommand('help', () => (helpOpen.value = !helpOpen.value)),
    ]
    return () => unbind.forEach((one) => one())
  }, [])

  return (
    <div class={`desk ${selectedId.value ? 'has-case' : ''} ${detailsOpen.value ? 'has-details' : ''}`}>
      <TopBar />
      <Wallboard />
      <Rail />
      <Conversation />
      <Details />
      <Tells />
      <Help />
    </div>
  )
}

/** Accepts the offer that ends first and opens its case. */
export async function takeFirst(): Promise<void> {
  const offer = offers.value[0]
  if (offer && (await accept(offer))) openAccepted(offer.caseId)
}

/** The cases of the list, in the order in which they stand there. */
export function workOrder(): string[] {
  const assigned = assignments.value.map((one) => one.caseId)
  return [...new Set([...mine.value, ...assigned])]
}

function move(by: number): void {
  const order = workOrder()
  if (!order.length) return
  const at = selectedId.value ? order.indexOf(selectedId.value) : -1
  const next = at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length
  select(order[next] ?? null)
}

import { computed, signal } from '@preact/signals'
import { Problem, newKey } from '../../shared/http'
import { openStream, type StreamEvent, type StreamState } from '../../shared/stream'
import * as api from '../api'
import type { Agent, Assignment, Offer, Presence } from '../model'
import { session } from '../session'
import { chime } from '../sound'
import { onCaseEvent, refreshMyCases } from './cases'
import { tell, tellProblem } from './tells'

export const agent = signal<Agent | null>(null)
export const offers = signal<Offer[]>([])
export const assignments = signal<Assignment[]>([])
/** Offers being answered, so that a second press does nothing. */
export const answering = signal<ReadonlySet<string>>(new Set())

const routingLine = signal<StreamState>('connecting')
const casesLine = signal<StreamState>('connecting')

/** The worse of the two lines: the page is only live when both are. */
export const line = computed<StreamState>(() => {
  const states = [routingLine.value, casesLine.value]
  return states.includes('lost') ? 'lost' : states.includes('connecting') ? 'connecting' : 'live'
})

/** Reads who I am and what I hold. Called on every (re)connection, and when an event says that something changed. */
export async function refreshWork(): Promise<void> {
  try {
    const [me, work] = await Promise.all([api.me(), api.myWork()])
    agent.value = me
    takeOffers(work.offers)
    assignments.value = work.assignments
  } catch (error) {
    if (!(error instanceof Problem && error.passing)) tellProblem(error)
  }
}

function takeOffers(next: Offer[]): void {
  const known = new Set(offers.value.map((offer) => offer.id))
  if (next.some((offer) => !known.has(offer.id))) chime()
  offers.value = [...next].sort((a, b) => a.expiresAt.localeCompare(b.expiresAt))
}

function drop(offerId: string): void {
  offers.value = offers.value.filter((offer) => offer.id !== offerId)
}

function onRoutingEvent(event: StreamEvent): void {
  if (event.type === 'offer.rescinded' || event.type === 'offer.timed_out') {
    const id = String(event.data['offer_id'] ?? '')
    if (offers.value.some((offer) => offer.id === id)) tell('warn', event.type === 'offer.rescinded' ? 'offer.gone.rescinded' : 'offer.gone.timed_out')
    drop(id)
  }
  void refreshWork()
  if (event.type.startsWith('assignment.')) void refreshMyCases()
}

/** Opens the live lines; returns how to close them. */
export function goLive(): () => void {
  const { token, renew } = session
  const closeRouting = openStream({
    path: '/routing/v1/events',
    token,
    renew,
    onEvent: onRoutingEvent,
    catchUp: () => void refreshWork(),
    onState: (state) => (routingLine.value = state),
  })
  const closeCases = openStream({
    path: '/cases/v1/events',
    token,
    renew,
    onEvent: onCaseEvent,
    catchUp: () => void refreshMyCases(true),
    onState: (state) => (casesLine.value = state),
  })
  return () => {
    closeRouting()
    closeCases()
  }
}

export async function setPresence(presence: Presence, reason: string | null): Promise<void> {
  const before = agent.value
  if (before) agent.value = { ...before, presence, reason }
  try {
    agent.value = await api.setPresence(presence, reason)
  } catch (error) {
    agent.value = before
    tellProblem(error)
  }
}

/** Available goes away for a short break; everything else goes available. */
export function togglePresence(): void {
  if (agent.value?.presence === 'available') void setPresence('away', 'break')
  else void setPresence('available', null)
}

async function answer(offer: Offer, act: (key: string) => Promise<unknown>): Promise<boolean> {
  if (answering.value.has(offer.id)) return false
  answering.value = new Set([...answering.value, offer.id])
  try {
    await act(newKey())
    drop(offer.id)
    return true
  } catch (error) {
    if (error instanceof Problem && !error.passing) drop(offer.id)
    tellProblem(error)
    return false
  } finally {
    answering.value = new Set([...answering.value].filter((id) => id !== offer.id))
    void refreshWork()
  }
}

/** The agent has done what is to be done after the contact; the capacity is free again. */
export async function finishWrapUp(assignment: Assignment): Promise<void> {
  try {
    await api.finishWrapUp(assignment.workItemId, newKey())
  } catch (error) {
    tellProblem(error)
  }
  await refreshWork()
}

export const accept = (offer: Offer) => answer(offer, (key) => api.accept(offer.id, key))
export const decline = (offer: Offer) => answer(offer, (key) => api.decline(offer.id, key))

import { signal } from '@preact/signals'
import { recall, remember } from '../shared/settings'

/** Somebody who can hold the phone. The addresses are from ranges that belong to nobody. */
export interface Person {
  name: string
  number: string
  mail: string
  telegram: number
}

export const PEOPLE: readonly Person[] = [
  { name: '陈晓', number: '+8613800138001', mail: 'chen.xiao@customer.example', telegram: 700000001 },
  { name: '王芳', number: '+8613800138002', mail: 'wang.fang@customer.example', telegram: 700000002 },
  { name: 'John Miller', number: '+14155550123', mail: 'john.miller@customer.example', telegram: 700000003 },
]

const KEY = 'posthouse.phone.person'

export const person = signal<Person>(PEOPLE.find((one) => one.number === recall(KEY)) ?? PEOPLE[0]!)

export function become(next: Person): void {
  person.value = next
  remember(KEY, next.number)
}

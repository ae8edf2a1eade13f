import { signal } from '@preact/signals'

/** The time of day, moving once a second: everything that counts reads this one signal. */
export const now = signal(Date.now())
setInterval(() => (now.value = Date.now()), 1000)

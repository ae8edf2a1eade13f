import { signal } from '@preact/signals'
import { recall, remember } from '../shared/settings'

const KEY = 'posthouse.desk.sound'
/** Off until someone asks for it. */
export const soundOn = signal(recall(KEY) === 'on')
let audio: AudioContext | null = null

export function toggleSound(): void {
  soundOn.value = !soundOn.value
  remember(KEY, soundOn.value ? 'on' : null)
  if (soundOn.value) chime()
}

/** Two soft notes: an offer came in. */
export function chime(): void {
  if (!soundOn.value) return
  audio ??= new AudioContext()
  for (const [at, pitch] of [[0, 660], [0.16, 880]] as const) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()]
    const start = audio.currentTime + at
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0, start)
    volume.gain.linearRampToValueAtTime(0.12, start + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4)
    tone.connect(volume).connect(audio.destination)
    tone.start(start)
    tone.stop(start + 0.45)
  }
}

/** One icon: strokes on a 20 × 20 grid. Decorative unless it has a `label`. */
export function Icon({ d, label, size = 18 }: { d: string; label?: string; size?: number }) {
  const named = label ? { role: 'img' as const, 'aria-label': label } : { 'aria-hidden': true as const }
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      {...named}
    >
      <path d={d} />
    </svg>
  )
}

export const phone = 'M4 3.5h3l1.5 4-2 1.5a9 9 0 0 0 4.5 4.5l1.5-2 4 1.5v3a1.5 1.5 0 0 1-1.5 1.5A12.5 12.5 0 0 1 2.5 5 1.5 1.5 0 0 1 4 3.5Z'
export const hangUp = 'M3 12.5c-.8-1-.8-2.3.2-3.1 3.9-3.2 9.7-3.2 13.6 0 1 .8 1 2.1.2 3.100l-.6.7-3.4-1v-2.400a11 11 0 0 0-6 0v2.400l-3.4 1Z'
export const sms = 'M3 5a1.5 1.5 0 0 1 1.5-1.5h11A1.5 1.5 0 0 1 17 5v7.5a1.5 1.5 0 0 1-1.5 1.5H8l-3.5 3v-3A1.5 1.5 0 0 1 3 12.5ZM6.5 7.5h7M6.5 10.200h4.5'
export const mail = 'M2.5 5.5A1.5 1.5 0 0 1 4 4h12a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 16 16H4a1.5 1.5 0 0 1-1.5-1.5ZM3 6l7 5 7-5'
export const chat = 'M10 3.5c4.1 0 7.3 2.7 7.3 6.200S14.1 16 10 16c-.8 0-1.6-.1-2.3-.3L4 17.200l.9-3.200a5.7 5.7 0 0 1-2.2-4.300c0-3.5 3.2-6.2 7.3-6.200Z'
export const telegram = 'M17.5 3 2.5 9l5 2 1.8 5.5L12 13l4 3Zm-10 8 6-4.5'
export const send = 'M17 3 3 9l5.5 2.5L11 17ZM17 3l-8.5 8.5'
export const close = 'M5 5l10 10M15 5 5 15'
export const check = 'M4 10.5 8 14.5 16 6'
export const checks = 'M1.5 10.5l4 4 8-8.5M8.5 13l1.5 1.5 8.5-8.5'
export const clock = 'M10 2.800a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.400ZM10 6v4.200l2.8 1.8'
export const alert = 'M10 6.5v4.5M10 13.600v.1M8.7 3.5 2 15a1.5 1.5 0 0 0 1.3 2.200h13.400A1.5 1.5 0 0 0 18 15L11.3 3.5a1.5 1.5 0 0 0-2.6 0Z'
export const parcel = 'M3 6.2 10 2.800l7 3.400v7.600l-7 3.4-7-3.400ZM3 6.200l7 3.5 7-3.5M10 9.700v7.5M6.5 4.5l7 3.5'
export const person = 'M10 10.200a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.800ZM3.5 17c.6-3 3.2-4.6 6.5-4.600s5.9 1.6 6.5 4.6'
export const steps = 'M4 5h.1M4 10h.1M4 15h.1M7.5 5H17M7.5 10H17M7.5 15H17'
export const note = 'M4.5 3.5h8l3 3v10h-11ZM7 9h6M7 12h4M12.5 3.5v3h3'
export const search = 'M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM13 13l4 4'
export const sun = 'M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM10 1.800v1.700M10 16.5v1.700M1.8 10h1.700M16.5 10h1.700M4.2 4.200l1.2 1.200M14.6 14.600l1.2 1.200M4.2 15.800l1.2-1.200M14.6 5.400l1.2-1.2'
export const moon = 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5Z'
export const globe = 'M10 2.800a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.400ZM3 10h14M10 2.800c2.4 2 2.9 4.7 2.9 7.200s-.5 5.2-2.9 7.200c-2.4-2-2.9-4.7-2.9-7.200s.5-5.2 2.9-7.200Z'
export const keys = 'M2.5 6A1.5 1.5 0 0 1 4 4.5h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14ZM5.5 8h.1M8.5 8h.1M11.5 8h.1M14.5 8h.1M7 12h6'
export const bell = 'M5 8.5a5 5 0 0 1 10 0c0 4 1.5 5 1.5 5h-13S5 12.5 5 8.5ZM8.3 16.5a2 2 0 0 0 3.4 0'
export const bellOff = 'M5.5 6.5A5 5 0 0 1 15 8.5c0 1.6.2 2.8.5 3.600M13.5 13.5h-10S5 12.5 5 8.5M8.3 16.5a2 2 0 0 0 3.4 0M3 3l14 14'
export const chevron = 'M6 8l4 4 4-4'
export const back = 'M12 5l-5 5 5 5'
export const down = 'M10 4v12M5 11l5 5 5-5'
export const out = 'M8 3.5H4.5v13H8M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8'
export const refresh = 'M16.5 10a6.5 6.5 0 1 1-2-4.700M16.5 3v3.5H13'
export const clip = 'M15 9.5 9.5 15a3.3 3.3 0 0 1-4.7-4.700L11 4.200a2.2 2.2 0 0 1 3.1 3.100l-6 6a1.1 1.1 0 0 1-1.6-1.600L12 6.2'

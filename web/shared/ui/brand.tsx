/** The mark: 驿 cut into a seal, as a relay station stamped what passed through it. */
export function Seal({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true">
      <rect x="1" y="1" width="26" height="26" rx="6" fill="var(--seal)" />
      <path
        d="M5.5 8h6.200l-.6 6h-4l.4-3.600M7 17.600l5.8-1M11.1 14c1.3 0 1.7.4 1.6 1.7-.2 2.7-.5 4.6-1.1 5.2-.4.4-1.1.3-1.8 0M14.5 7.500h7.200c-1.2 2.7-3.7 4.7-7.2 5.800M15.6 9.500c1.3 1.8 3.6 3.2 6.9 3.900M14.7 15.800h7.200M13.9 18.600h8.800M18.3 13.900v8.3"
        fill="none"
        stroke="#fff"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}

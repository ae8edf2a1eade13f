/** Characters of the GSM 7-bit default alphabet (3GPP TS 23.038); those of its extension take two places. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const EXTENDED = new Set('^{}\\[~]|€\f')

/** How many SMS a text takes: 160 or 70 places in one, 153 or 67 in each of several. */
export function smsParts(text: string): number {
  const characters = [...text]
  if (characters.every((one) => BASIC.has(one) || EXTENDED.has(one))) {
    const places = characters.reduce((sum, one) => sum + (EXTENDED.has(one) ? 2 : 1), 0)
    return places <= 160 ? 1 : Math.ceil(places / 153)
  }
  return text.length <= 70 ? 1 : Math.ceil(text.length / 67)
}

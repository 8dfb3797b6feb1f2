const PARTS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** The number of a dotted address; undefined where the text is none. */
export function toNumber(text: string): number | undefined {
  const parts = PARTS.exec(text)?.slice(1).map(Number)
  if (!parts?.every((part) => part < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

export function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/** First and last address of a block; undefined where the text is none. */
export function rangeOf(cidr: string): { first: number; last: number } | undefined {
  const [, address = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(cidr) ?? []
  const number = toNumber(address)
  if (number === undefined || Number(bits) > 32) return undefined
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(number / size) * size
  return { first, last: first + size - 1 }
}

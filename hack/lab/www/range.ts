/** The bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Reads a Range header (RFC 9110, 14.2) against a known size: the range, `unsatisfiable`, or undefined where the whole
 * is to be served: no range, several ranges, another unit, nonsense.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1], match[2]].map((digits) => (digits ? Number(digits) : undefined))
  if (first === undefined) {
    const length = Math.min(last ?? 0, size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  if (last !== undefined && last < first) return undefined
  return first >= size ? 'unsatisfiable' : { start: first, end: Math.min((last ?? size - 1) + 1, size) }
}

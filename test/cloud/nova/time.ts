/** Now, at the database's resolution. */
export function second({ now }: { readonly now: number }): number {
  return Math.floor(now / 1000) * 1000
}

/** `2026-11-30T20:00:00Z` */
export function isoSecond(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** `2026-11-30T20:00:00.000000`, as Nova writes what it takes from the database as it is. */
export function isoMicroseconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}.000000`
}

/** A time of a query, in milliseconds; undefined if it is none. */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text)) return undefined
  const zoned = /(Z|[T ].*[+-]\d\d:?\d\d)$/.test(text) ? text : text.length === 10 ? text : `${text}Z`
  const time = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(time) ? undefined : time
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Bytes for people: `118 MiB`, `9.1 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** Bytes per second for people: `118 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** A duration as kubectl writes ages: `45s`, `5m20s`, `3h`, `2d4h`; the second unit only where it matters. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 10) return withRest(minutes, 'm', whole % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  return days < 8 ? withRest(days, 'd', hours % 24, 'h') : `${days}d`
}

function withRest(value: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${value}${unit}` : `${value}${unit}${rest}${restUnit}`
}

const SUFFIXES: Record<string, number> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }

/** The bytes of a quantity as `spec.source.upload.size` has it: `9Gi`, `1048576`. Undefined where it is no quantity. */
export function parseSize(quantity: string): number | undefined {
  const match = /^(\d+)(Ki|Mi|Gi|Ti)?$/.exec(quantity)
  return match === null ? undefined : Number(match[1]) * (SUFFIXES[match[2] ?? ''] ?? 1)
}

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const

/** Bytes as a Kubernetes quantity, rounded for people: `9.1Gi`. */
export function quantity(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const rounded = value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1)
  return `${rounded}${units[unit]}`
}

/** A quantity with a binary suffix (or none) in bytes. */
export function bytesOf(text: string): number {
  const unit = units.findIndex((name) => name !== '' && text.endsWith(name))
  return Number.parseInt(text, 10) * 1024 ** Math.max(unit, 0)
}

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const

/** Bytes as a Kubernetes quantity, rounded for people: `9.1Gi`. */
export function quantity(bytes: number): string {
  const { value, unit } = scaled(bytes, () => true)
  const rounded = value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1)
  return `${rounded}${unit}`
}

/** Bytes as a Kubernetes quantity, exact: in the largest unit that leaves no rest. */
export function exactQuantity(bytes: number): string {
  const { value, unit } = scaled(bytes, (one) => one % 1024 === 0)
  return `${value}${unit}`
}

/** A quantity with a binary suffix (or none) in bytes. */
export function bytesOf(text: string): number {
  const unit = units.findIndex((name) => name !== '' && text.endsWith(name))
  return Number.parseInt(text, 10) * 1024 ** Math.max(unit, 0)
}

/** A quantity of memory in MiB, as Nova and Glance count it: `8Gi` is 8192. */
export function mebibytesOf(text: string): number {
  return bytesOf(text) / 1024 ** 2
}

/** A quantity of disk in GiB, as Nova, Glance and Cinder count it: `1Ti` is 1024. */
export function gibibytesOf(text: string): number {
  return bytesOf(text) / 1024 ** 3
}

function scaled(bytes: number, mayDivide: (value: number) => boolean): { value: number; unit: string } {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1 && mayDivide(value)) {
    value /= 1024
    unit++
  }
  return { value, unit: units[unit] ?? '' }
}

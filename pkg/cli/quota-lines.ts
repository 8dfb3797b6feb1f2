import type { ProjectQuota } from './kinds.ts'

/** One resource of a quota, as people read it: limits and what is left may be `unlimited`. */
export interface QuotaLine {
  resource: string
  limit: string
  used: string
  /** Only where resizes can hold it. */
  held: string | undefined
  left: string
}

/** What Nova and Cinder said last, resource by resource; only those that they told. */
export function quotaLines({ status }: ProjectQuota): QuotaLine[] {
  const { limits, used, held, available } = status ?? {}
  const line = (
    resource: string,
    field: keyof NonNullable<typeof limits>,
    unit: (amount: number) => string,
    heldAmount?: number,
  ): QuotaLine[] => {
    const limit = limits?.[field]
    if (limit === undefined) return []
    const told = (amount: number | undefined) => (amount === undefined ? '' : amount < 0 ? 'unlimited' : unit(amount))
    return [
      {
        resource,
        limit: told(limit),
        used: told(used?.[field]),
        held: heldAmount === undefined ? undefined : told(heldAmount),
        left: told(available?.[field]),
      },
    ]
  }
  return [
    ...line('instances', 'instances', String),
    ...line('cpus', 'cpus', String, held?.cpus),
    ...line('memory', 'memoryMiB', memoryText, held?.memoryMiB),
    ...line('volumes', 'volumes', String),
    ...line('storage', 'storageGiB', storageText),
  ]
}

/** An amount as specs have it, exact: in the largest unit that leaves no rest. */
function inLargestUnit(units: readonly string[]): (amount: number) => string {
  return (amount) => {
    let [value, unit] = [amount, 0]
    while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1]
    return value === 0 ? '0' : `${value}${units[unit]}`
  }
}

/** MiB for people, exact: `6Gi`. */
export const memoryText = inLargestUnit(['Mi', 'Gi', 'Ti'])

const storageText = inLargestUnit(['Gi', 'Ti', 'Pi'])

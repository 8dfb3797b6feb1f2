import type { ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { gibibytesOf, mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { ComputeQuotaLimits } from '../../pkg/openstack/compute-quota-service.ts'
import type { QuotaSet } from '../../pkg/openstack/quota-set.ts'
import type { VolumeQuotaLimits } from '../../pkg/openstack/volume-quota-service.ts'
import type { Amounts } from './observed.ts'

/** Names of the services for what the API names in its own words. */
const inCompute = { instances: 'instances', cpus: 'cores', memoryMiB: 'ram' } as const
const inVolumes = { volumes: 'volumes', storageGiB: 'gigabytes' } as const

export const amountNames = [
  'instances',
  'cpus',
  'memoryMiB',
  'volumes',
  'storageGiB',
] as const satisfies readonly (keyof Amounts)[]

/** What spec asks for, in the services' units; what it leaves out is not touched. */
export function wantedLimits({ spec }: ProjectQuota): Amounts {
  const { instances, cpus, memory, volumes, storage } = spec.limits
  return {
    ...(instances === undefined ? {} : { instances }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMiB: memory === '-1' ? -1 : mebibytesOf(memory) }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(storage === undefined ? {} : { storageGiB: storage === '-1' ? -1 : gibibytesOf(storage) }),
  }
}

/** Those of `wanted` that are not so. */
export function differing(wanted: Amounts, there: Amounts): Amounts {
  const names = amountNames.filter((name) => wanted[name] !== undefined && wanted[name] !== there[name])
  return Object.fromEntries(names.map((name) => [name, wanted[name]]))
}

/** One number of every quota: `limit` or `in_use`. */
export function amountsOf(compute: QuotaSet, volumes: QuotaSet, part: 'limit' | 'in_use'): Amounts {
  const of = (names: Readonly<Record<string, string>>, quotas: QuotaSet) =>
    Object.entries(names).flatMap(([ours, theirs]) => {
      const quota = quotas[theirs]
      return quota === undefined ? [] : [[ours, quota[part]]]
    })
  return Object.fromEntries([...of(inCompute, compute), ...of(inVolumes, volumes)])
}

export function computeLimits({ instances, cpus, memoryMiB }: Amounts): ComputeQuotaLimits {
  return {
    ...(instances === undefined ? {} : { instances }),
    ...(cpus === undefined ? {} : { cores: cpus }),
    ...(memoryMiB === undefined ? {} : { ram: memoryMiB }),
  }
}

export function volumeLimits({ volumes, storageGiB }: Amounts): VolumeQuotaLimits {
  return {
    ...(volumes === undefined ? {} : { volumes }),
    ...(storageGiB === undefined ? {} : { gigabytes: storageGiB }),
  }
}

import { HttpError } from '../http.ts'
import type { FlavorRecord } from './flavor-record.ts'
import type { ComputeState } from './state.ts'

/** Nova's own limits, by resource; -1 is unlimited. */
export const DEFAULT_QUOTA: Readonly<Record<string, number>> = {
  cores: 20,
  fixed_ips: -1,
  floating_ips: -1,
  injected_file_content_bytes: 10_240,
  injected_file_path_bytes: 255,
  injected_files: 5,
  instances: 10,
  key_pairs: 100,
  metadata_items: 128,
  ram: 51_200,
  security_group_rules: -1,
  security_groups: -1,
  server_group_members: 10,
  server_groups: 10,
}

export interface Use {
  readonly instances: number
  readonly cores: number
  /** MiB. */
  readonly ram: number
}

export function limitOf(state: ComputeState, projectId: string, resource: string): number {
  return state.quotas[projectId]?.[resource] ?? DEFAULT_QUOTA[resource] ?? -1
}

/** What a project uses: all its servers but soft-deleted ones, in the size that they have now. */
export function useOf(state: ComputeState, projectId: string): Use {
  const use = { instances: 0, cores: 0, ram: 0 }
  for (const { projectId: owner, vmState, flavor } of Object.values(state.servers)) {
    if (owner !== projectId || vmState === 'deleted' || vmState === 'soft-delete') continue
    use.instances++
    use.cores += flavor.vcpus
    use.ram += flavor.ram
  }
  return use
}

/** What would go over: the resources, in Nova's order, or none. */
function overs(state: ComputeState, projectId: string, more: Partial<Use>): { names: string[]; use: Use } {
  const use = useOf(state, projectId)
  const names = (['cores', 'instances', 'ram'] as const).filter((resource) => {
    const limit = limitOf(state, projectId, resource)
    const wanted = more[resource] ?? 0
    return wanted > 0 && limit >= 0 && use[resource] + wanted > limit
  })
  return { names, use }
}

/** 403 if the project may not have so much more. */
export function checkQuota(state: ComputeState, projectId: string, more: Partial<Use>): void {
  const { names, use } = overs(state, projectId, more)
  if (names.length === 0) return
  const list = (of: (resource: keyof Use) => number) => names.map((name) => of(name as keyof Use)).join(', ')
  const what = names.join(', ')
  const requested = list((name) => more[name] ?? 0)
  const allowed = list((name) => limitOf(state, projectId, name))
  const used = `but already used ${list((name) => use[name])} of ${allowed} ${what}`
  throw new HttpError(403, `Quota exceeded for ${what}: Requested ${requested}, ${used}`)
}

type Sized = Pick<FlavorRecord, 'vcpus' | 'ram'>

/** What a change of size takes from the quota: only what grows. */
export function growth(from: Sized, to: Sized): Partial<Use> {
  return { cores: Math.max(0, to.vcpus - from.vcpus), ram: Math.max(0, to.ram - from.ram) }
}

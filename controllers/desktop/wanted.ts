import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy } from '../../pkg/cloud-objects/policy.ts'
import { mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { NovaServer } from '../../pkg/openstack/nova-server.ts'
import { creationMetadata, type MetadataPatch } from '../../pkg/openstack/server-metadata.ts'
import type { AppliedVolume, Size } from './observed.ts'

/** What brings the server's metadata to what spec says: only keys that were applied from here are taken away. */
export function metadataPatch(desktop: Desktop, { metadata }: NovaServer, mark: string): MetadataPatch {
  const wanted = { ...desktop.spec.metadata, ...(effectivePolicy(desktop).creates ? creationMetadata(mark) : {}) }
  const set = Object.entries(wanted).filter(([key, value]) => metadata[key] !== value)
  const applied = desktop.status?.appliedMetadata ?? []
  return { set: Object.fromEntries(set), remove: applied.filter((key) => !(key in wanted) && key in metadata) }
}

/** What brings the server into the security groups of spec: only those that were applied from here are left. */
export function securityGroupChanges(
  { spec, status }: Desktop,
  { security_groups }: NovaServer,
): { add: string[]; remove: string[] } {
  const wanted = spec.securityGroups
  if (wanted === undefined) return { add: [], remove: [] }
  const has = new Set(security_groups)
  const applied = status?.appliedSecurityGroups ?? []
  return {
    add: wanted.filter((name) => !has.has(name)),
    remove: applied.filter((name) => has.has(name) && !wanted.includes(name)),
  }
}

/** What may be ours once a change is made: what spec asks for, together with what is on record. */
export function appliedUnion({ spec, status }: Desktop): {
  appliedMetadata: string[]
  appliedSecurityGroups: string[]
} {
  return {
    appliedMetadata: union(status?.appliedMetadata, Object.keys(spec.metadata ?? {})),
    appliedSecurityGroups: union(status?.appliedSecurityGroups, spec.securityGroups ?? []),
  }
}

/** The volumes on record with one more. */
export function withVolume({ status }: Desktop, volume: AppliedVolume): AppliedVolume[] {
  return [...(status?.appliedVolumes ?? []).filter(({ name }) => name !== volume.name), volume]
}

/** The size that spec.resources asks for, as far as it says; undefined where the server has it. */
export function pendingSize({ spec }: Desktop, { flavor }: NovaServer): Size | undefined {
  const cpus = spec.resources?.cpus ?? flavor.vcpus
  const memory = spec.resources?.memory === undefined ? flavor.ram : mebibytesOf(spec.resources.memory)
  return cpus === flavor.vcpus && memory === flavor.ram ? undefined : { cpus, memory }
}

function union(before: readonly string[] = [], now: readonly string[] = []): string[] {
  return [...new Set([...before, ...now])].toSorted((a, b) => a.localeCompare(b))
}

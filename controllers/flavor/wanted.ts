import type { Flavor } from '../../api/v1alpha1/objects.ts'
import { gibibytesOf, mebibytesOf } from '../../pkg/kube/quantity.ts'
import type { NewFlavor } from '../../pkg/openstack/flavor-service.ts'
import { type FlavorSize, flavorDescription, type Mark } from '../../pkg/openstack/mark.ts'
import type { NovaFlavor } from '../../pkg/openstack/nova-flavor.ts'
import type { ObservedAccess } from './observed.ts'

/** The name that the flavor has in Nova, where this object makes it. */
export function nameInNova({ spec, metadata }: Pick<Flavor, 'spec' | 'metadata'>): string {
  return spec.flavorName ?? metadata.name
}

/** The size in Nova's units. */
export function wantedSize({ spec }: Pick<Flavor, 'spec'>): Record<keyof FlavorSize, number> {
  return {
    vcpus: spec.cpus ?? 0,
    ram: mebibytesOf(spec.memory ?? '0'),
    disk: gibibytesOf(spec.disk ?? '0'),
    ephemeral: gibibytesOf(spec.ephemeral ?? '0'),
    swap: mebibytesOf(spec.swap ?? '0'),
  }
}

/** The flavor to make. Absent access is what Nova gives: everybody's. */
export function newFlavor(flavor: Flavor, id: string, mark: Mark): NewFlavor {
  return {
    ...{ id, name: nameInNova(flavor), ...wantedSize(flavor) },
    is_public: flavor.spec.access?.type !== 'Projects',
    description: flavorDescription(mark),
  }
}

/** What cannot be changed in Nova and is not as spec says, in words: `ram is 4096, not 8192`. */
export function differences(flavor: Flavor, found: NovaFlavor): string[] {
  const { access } = flavor.spec
  const wanted = {
    ...{ name: nameInNova(flavor), ...wantedSize(flavor) },
    ...(access === undefined ? {} : { is_public: access.type === 'Public' }),
  }
  return Object.entries(wanted).flatMap(([field, value]) => {
    const there = found[field as keyof typeof wanted]
    return there === value ? [] : [`${field} is ${there}, not ${value}`]
  })
}

/** What brings extra specs to what spec says; only keys that we applied are taken away. */
export function extraSpecChanges({ spec, status }: Flavor, { extra_specs = {} }: NovaFlavor) {
  const wanted = spec.extraSpecs ?? {}
  const set = Object.entries(wanted).filter(([key, value]) => extra_specs[key] !== value)
  const remove = (status?.appliedExtraSpecs ?? []).filter((key) => !(key in wanted) && key in extra_specs)
  return { set: Object.fromEntries(set), remove }
}

/** What brings access to what spec says; only what we granted is taken away. */
export function accessChanges({ status }: Flavor, { granted, wanted }: ObservedAccess) {
  return {
    add: wanted.filter((id) => !granted.includes(id)),
    remove: (status?.appliedProjects ?? []).filter((id) => !wanted.includes(id) && granted.includes(id)),
  }
}

/** Names that spec asks for, together with those on record, in order; `undefined` for none. */
export function recorded(before: readonly string[] | undefined, now: readonly string[]): string[] | undefined {
  const all = [...new Set([...(before ?? []), ...now])].toSorted((a, b) => a.localeCompare(b))
  return all.length === 0 ? undefined : all
}

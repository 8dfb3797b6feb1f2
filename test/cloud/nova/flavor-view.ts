import type { ApiCall } from './api-call.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { links } from './links.ts'

export function flavorSummary(call: ApiCall, { id, name, description }: FlavorRecord): object {
  return { id, name, links: links(call, 'flavors', id), ...(call.minor >= 55 && { description }) }
}

export function flavorView(call: ApiCall, flavor: FlavorRecord): object {
  const { minor } = call
  const { id, name, ram, disk, swap, ephemeral, vcpus, isPublic, rxtxFactor, description, extraSpecs } = flavor
  return {
    ...{ id, name, ram, disk, vcpus },
    swap: minor >= 75 ? swap : swap || '',
    'OS-FLV-EXT-DATA:ephemeral': ephemeral,
    'os-flavor-access:is_public': isPublic,
    ...(minor < 102 && { 'OS-FLV-DISABLED:disabled': false, rxtx_factor: rxtxFactor }),
    links: links(call, 'flavors', id),
    ...(minor >= 55 && { description }),
    ...(minor >= 61 && { extra_specs: extraSpecs }),
  }
}

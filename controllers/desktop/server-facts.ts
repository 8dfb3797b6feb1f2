import type { Desktop } from '../../api/v1alpha1/objects.ts'
import { effectivePolicy, isSynchronized } from '../../pkg/cloud-objects/policy.ts'
import type { StatusFields } from '../../pkg/kube/kind.ts'
import { exactQuantity } from '../../pkg/kube/quantity.ts'
import { statusFieldsOf } from '../../pkg/kube/status-fields.ts'
import { type NovaServer, powerStates } from '../../pkg/openstack/nova-server.ts'
import { readTemplatePin } from '../../pkg/openstack/server-metadata.ts'
import type { ObservedInCloud } from './observed.ts'
import { powerStateOf } from './power.ts'
import type { DesktopDecision } from './steps.ts'

type Fields = StatusFields<Desktop>

/** Everything that status says beside conditions. */
export function statusOf(desktop: Desktop, observed: ObservedInCloud, step: DesktopDecision): Fields {
  const { server, launch, refresh } = observed
  const before = statusFieldsOf(desktop)
  return {
    ...(server === undefined ? withoutServer(before, step) : { ...before, ...factsOf(desktop, server, before) }),
    ...(launch.state === 'Accepted' ? taken(before, launch) : {}),
    origin: originOf(desktop),
    ...(step.type === 'Rest' ? applied(desktop, observed) : {}),
    ...floatingIPOf(desktop, observed, before),
    ...(refresh === undefined ? {} : { refreshed: refresh }),
  }
}

/** Nova took the request: its id is on record before the server appears in any list. */
function taken(before: Fields, { id, requestID }: { id: string; requestID: string | undefined }): Partial<Fields> {
  const creation = before.creation && { ...before.creation, requestID: requestID ?? 'none' }
  return { id, ...(creation === undefined ? {} : { creation }) }
}

/** What is only true of a server that is there goes; what tells that there was one stays, but for one that never came up. */
function withoutServer(before: Fields, step: DesktopDecision): Fields {
  const { state: _, vmState: __, taskState: ___, powerState: ____, host: _____, fault: ______, ...rest } = before
  return step.type === 'Launch' || step.type === 'Discard' ? { ...rest, id: undefined, launchedTime: undefined } : rest
}

function originOf(desktop: Desktop): Fields['origin'] {
  if (effectivePolicy(desktop).creates) return 'Created'
  return isSynchronized(desktop) ? 'Synchronized' : 'Existing'
}

function factsOf(desktop: Desktop, server: NovaServer, before: Fields): Fields {
  const { flavor } = server
  const up = server.status !== 'BUILD' && server.status !== 'ERROR'
  return {
    id: server.id,
    name: server.name,
    state: server.status,
    vmState: server.vm_state,
    taskState: server.task_state,
    powerState: powerStateIn(server),
    cpus: flavor.vcpus,
    memory: exactQuantity(flavor.ram * 1024 ** 2),
    disk: exactQuantity(flavor.disk * 1024 ** 3),
    flavor: { name: flavor.original_name },
    imageID: server.image,
    ...addressesOf(server),
    host: server.host,
    availabilityZone: server.availability_zone,
    lock: server.locked ? 'Locked' : 'Unlocked',
    lockReason: server.locked_reason,
    keyPair: server.key_name,
    projectID: server.tenant_id,
    userID: server.user_id,
    fault: faultOf(server),
    createdTime: server.created,
    launchedTime: before.launchedTime ?? (up ? server.updated : undefined),
    template: before.template ?? pinOf(desktop, server),
  }
}

/** Nova's word of the state, in the words of spec; what the hypervisor says counts where it is worse. */
function powerStateIn({ vm_state, power_state }: NovaServer): Fields['powerState'] {
  const state = powerStateOf(vm_state)
  if (state === 'Running' && power_state === powerStates.CRASHED) return 'Crashed'
  return state ?? 'Unknown'
}

function addressesOf({ addresses }: NovaServer): Pick<Fields, 'address' | 'addresses'> {
  if (addresses.length === 0) return { address: undefined, addresses: undefined }
  const reach = addresses.find(({ type }) => type === 'floating') ?? addresses[0]
  return {
    address: reach?.addr,
    addresses: addresses.slice(0, 64).map(({ network, addr, type, mac_addr }) => ({
      network,
      address: addr,
      type: type === 'floating' ? 'Floating' : 'Fixed',
      ...(mac_addr === undefined ? {} : { macAddress: mac_addr }),
    })),
  }
}

function faultOf({ fault }: NovaServer): Fields['fault'] {
  if (fault === undefined) return undefined
  const details = fault.details === undefined ? {} : { details: fault.details.slice(0, 4096) }
  return { code: fault.code, message: fault.message.slice(0, 1024), ...details, createdTime: fault.created }
}

/** Where status is lost the server's own metadata tell what it was made from. */
function pinOf({ spec }: Desktop, { metadata }: NovaServer): Fields['template'] {
  return spec.source.type === 'Template' ? readTemplatePin(metadata) : undefined
}

/** Once everything is as it is wanted, only what spec names now is ours. */
function applied(desktop: Desktop, { volumes }: ObservedInCloud): Fields {
  const { manages } = effectivePolicy(desktop)
  const keys = manages ? sorted(Object.keys(desktop.spec.metadata ?? {})) : []
  const attached = (volumes?.attached ?? []).toSorted((a, b) => a.name.localeCompare(b.name))
  const groups = manages ? sorted(desktop.spec.securityGroups ?? []) : []
  return {
    appliedMetadata: keys.length > 0 ? keys : undefined,
    appliedSecurityGroups: groups.length > 0 ? groups : undefined,
    appliedVolumes: attached.length > 0 ? attached : undefined,
  }
}

function floatingIPOf({ spec }: Desktop, { floatingIP }: ObservedInCloud, before: Fields): Partial<Fields> {
  const found = floatingIP?.found
  if (floatingIP === undefined) return { appliedFloatingIP: before.appliedFloatingIP }
  if (spec.floatingIP === undefined) return { appliedFloatingIP: found && before.appliedFloatingIP }
  if (found?.portID === undefined || found.portID !== floatingIP.wantedPortID) return {}
  const origin = found.allocated ? 'Allocated' : 'Existing'
  return { appliedFloatingIP: { id: found.id, address: found.address, origin } }
}

const sorted = (names: readonly string[]): string[] => names.toSorted((a, b) => a.localeCompare(b))

import { AnswerFields } from './answer-fields.ts'

/** States of a server, verbatim (Compute API, "Server Concepts"). More may come: an unknown one is none of ours. */
export type NovaServerStatus =
  | 'ACTIVE'
  | 'BUILD'
  | 'DELETED'
  | 'ERROR'
  | 'HARD_REBOOT'
  | 'MIGRATING'
  | 'PASSWORD'
  | 'PAUSED'
  | 'REBOOT'
  | 'REBUILD'
  | 'RESCUE'
  | 'RESIZE'
  | 'REVERT_RESIZE'
  | 'SHELVED'
  | 'SHELVED_OFFLOADED'
  | 'SHUTOFF'
  | 'SOFT_DELETED'
  | 'SUSPENDED'
  | 'UNKNOWN'
  | 'VERIFY_RESIZE'

/** `OS-EXT-STS:power_state`: what the hypervisor says of the guest. */
export const powerStates = { NOSTATE: 0, RUNNING: 1, PAUSED: 3, SHUTDOWN: 4, CRASHED: 6, SUSPENDED: 7 } as const

/** The flavor as it was when the server got it (2.47): without id, and it outlives the flavor. */
export interface EmbeddedFlavor {
  /** Name that the flavor had. */
  original_name: string
  vcpus: number
  /** MiB. */
  ram: number
  /** GiB. */
  disk: number
  /** GiB. */
  ephemeral: number
  /** MiB. */
  swap: number
  /** Absent where the policy hides them. */
  extra_specs?: Record<string, string>
}

/** An address of a server. */
export interface ServerAddress {
  /** Name of the network. */
  network: string
  addr: string
  version: 4 | 6
  type: 'fixed' | 'floating'
  mac_addr?: string
}

/** What went wrong last, of a server in ERROR. */
export interface ServerFault {
  code: number
  message: string
  /** RFC 3339. */
  created: string
  /** For administrators. */
  details?: string
}

/** A server as Nova shows it at 2.73; names are Nova's own, without their prefixes (`OS-EXT-STS:`, …). */
export interface NovaServer {
  id: string
  name: string
  status: NovaServerStatus
  /** `active`, `stopped`, `resized`, …; empty where the policy hides it. */
  vm_state: string
  /** What Nova does just now: `resize_prep`, `powering-off`, …; absent while it does nothing. */
  task_state?: string
  /** See `powerStates`. */
  power_state: number
  /** Project id. */
  tenant_id: string
  user_id: string
  metadata: Record<string, string>
  tags: string[]
  flavor: EmbeddedFlavor
  /** Id of the image; absent for servers that boot from a volume. */
  image?: string
  addresses: ServerAddress[]
  key_name?: string
  locked: boolean
  locked_reason?: string
  /** Names; the same one may appear once per port. */
  security_groups: string[]
  volumes_attached: { id: string; delete_on_termination: boolean }[]
  /** For administrators. */
  host?: string
  hypervisor_hostname?: string
  availability_zone?: string
  description?: string
  /** `UP`, `UNKNOWN`, `DOWN`, `MAINTENANCE`, or empty; for those whom the policy lets see it. */
  host_status?: string
  fault?: ServerFault
  /** RFC 3339, resolution 1 s. */
  created: string
  updated: string
}

/** Whether the server is deleted for users: SOFT_DELETED can be restored by hand for a while, but is in no list. */
export function isDeletedServer({ status }: Pick<NovaServer, 'status'>): boolean {
  return status === 'DELETED' || status === 'SOFT_DELETED'
}

/** Whether the server boots from a volume: then its flavor's disk is not what it has. */
export function isVolumeBacked({ image }: Pick<NovaServer, 'image'>): boolean {
  return image === undefined
}

/** A decoded JSON object as a `NovaServer`; anything else is an answer that Nova does not give. */
export function parseNovaServer(value: unknown): NovaServer {
  const fields = new AnswerFields(value)
  const image = fields.object('image').text('id')
  const server: NovaServer = {
    id: fields.required('id', 'compute', 'a server'),
    name: fields.text('name') ?? '',
    status: fields.required('status', 'compute', 'a server') as NovaServerStatus,
    vm_state: fields.text('OS-EXT-STS:vm_state') ?? '',
    power_state: fields.number('OS-EXT-STS:power_state') ?? powerStates.NOSTATE,
    tenant_id: fields.text('tenant_id') ?? '',
    user_id: fields.text('user_id') ?? '',
    metadata: fields.textMap('metadata'),
    tags: fields.texts('tags'),
    flavor: parseEmbeddedFlavor(fields.object('flavor')),
    addresses: parseAddresses(fields.object('addresses')),
    locked: fields.flag('locked'),
    security_groups: fields.list('security_groups').flatMap((group) => new AnswerFields(group).text('name') ?? []),
    volumes_attached: fields.list('os-extended-volumes:volumes_attached').map(parseVolume),
    created: fields.text('created') ?? '',
    updated: fields.text('updated') ?? '',
    ...fields.texted(['key_name', 'locked_reason', 'description', 'host_status']),
    ...(image === undefined ? {} : { image }),
    ...prefixed(fields),
  }
  return fields.has('fault') ? { ...server, fault: parseFault(fields.object('fault')) } : server
}

/** Where Nova puts fields that were extensions once. */
const prefixes = {
  task_state: 'OS-EXT-STS:task_state',
  host: 'OS-EXT-SRV-ATTR:host',
  hypervisor_hostname: 'OS-EXT-SRV-ATTR:hypervisor_hostname',
  availability_zone: 'OS-EXT-AZ:availability_zone',
} as const

function prefixed(fields: AnswerFields): Partial<Record<keyof typeof prefixes, string>> {
  const found = Object.entries(prefixes).map(([name, key]) => [name, fields.text(key)] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== ''))
}

function parseEmbeddedFlavor(fields: AnswerFields): EmbeddedFlavor {
  return {
    original_name: fields.text('original_name') ?? '',
    vcpus: fields.number('vcpus') ?? 0,
    ram: fields.number('ram') ?? 0,
    disk: fields.number('disk') ?? 0,
    ephemeral: fields.number('ephemeral') ?? 0,
    swap: fields.number('swap') ?? 0,
    ...(fields.has('extra_specs') ? { extra_specs: fields.textMap('extra_specs') } : {}),
  }
}

function parseAddresses(networks: AnswerFields): ServerAddress[] {
  return networks.entries().flatMap(([network]) =>
    networks.list(network).map((address): ServerAddress => {
      const fields = new AnswerFields(address)
      const mac = fields.text('OS-EXT-IPS-MAC:mac_addr')
      return {
        network,
        addr: fields.text('addr') ?? '',
        version: fields.number('version') === 6 ? 6 : 4,
        type: fields.text('OS-EXT-IPS:type') === 'floating' ? 'floating' : 'fixed',
        ...(mac === undefined ? {} : { mac_addr: mac }),
      }
    }),
  )
}

function parseVolume(value: unknown): NovaServer['volumes_attached'][number] {
  const fields = new AnswerFields(value)
  return { id: fields.text('id') ?? '', delete_on_termination: fields.flag('delete_on_termination') }
}

function parseFault(fields: AnswerFields): ServerFault {
  return {
    code: fields.number('code') ?? 0,
    message: fields.text('message') ?? '',
    created: fields.text('created') ?? '',
    ...fields.texted(['details']),
  }
}

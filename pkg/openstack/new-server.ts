import type { MicroversionWish } from './microversion.ts'

/** A network of a new server: a network of which Nova makes a port, or a port that is there. */
export type NewServerNetwork = { uuid: string; fixed_ip?: string } | { port: string }

/** A disk of a new server (`block_device_mapping_v2`). */
export interface NewServerDisk {
  boot_index: number
  uuid?: string
  source_type: 'image' | 'volume' | 'snapshot' | 'blank'
  destination_type: 'volume' | 'local'
  /** GiB. */
  volume_size?: number
  /** Name or id (2.67). */
  volume_type?: string
  delete_on_termination?: boolean
}

/** A server to be made; names are Nova's. Its id cannot be chosen: the tag finds it again. */
export interface NewServer {
  name: string
  flavorRef: string
  /** Absent for servers that boot from a volume. */
  imageRef?: string
  /** `auto`: Nova takes the project's network or makes one; `none`: no network. */
  networks: readonly NewServerNetwork[] | 'auto' | 'none'
  /** Names or ids; Nova ignores them on ports that are there. Absent: `default`. */
  security_groups?: readonly string[]
  availability_zone?: string
  /** Of the credential's own user. */
  key_name?: string
  /** Base64, at most 65,535 characters. */
  user_data?: string
  metadata: Readonly<Record<string, string>>
  /** Found by `findByTag` at once, in BUILD too. */
  tags: readonly string[]
  block_device_mapping_v2?: readonly NewServerDisk[]
  config_drive?: boolean
  description?: string
  /** Administrators: the compute host (2.74). */
  host?: string
  /** Id of a server group. */
  group?: string
}

/** The body of `POST /servers`. */
export function newServerBody({ group, security_groups, networks, ...fields }: NewServer): object {
  const groups = security_groups && { security_groups: security_groups.map((name) => ({ name })) }
  const hints = group === undefined ? {} : { 'os:scheduler_hints': { group } }
  return { server: { ...fields, networks, ...groups }, ...hints }
}

/** The microversion that the server needs. */
export function newServerWish(server: NewServer): MicroversionWish {
  if (server.host !== undefined) return { least: '2.74', feature: 'the choice of a host' }
  if (server.block_device_mapping_v2?.some(({ volume_type }) => volume_type !== undefined)) {
    return { least: '2.67', feature: 'the choice of a volume type at boot' }
  }
  return { least: '2.52', feature: 'servers that are made with tags' }
}

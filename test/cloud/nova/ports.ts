import type { FindImage } from '../image-facts.ts'
import type { AttachedVolume, ServerRecord } from './server-record.ts'

/** An address as `addresses` of a server shows it. */
export interface ShownAddress {
  readonly addr: string
  readonly version: 4 | 6
  readonly 'OS-EXT-IPS:type': 'fixed' | 'floating'
  readonly 'OS-EXT-IPS-MAC:mac_addr': string
}

/** One entry of `networks` at creation, or of `interfaceAttachment`. */
export interface NetworkRequest {
  readonly uuid?: string
  readonly port?: string
  readonly fixed_ip?: string
  readonly tag?: string
}

export interface InterfaceView {
  readonly port_id: string
  readonly net_id: string
  readonly port_state: string
  readonly mac_addr: string
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[]
}

/** A server as Neutron needs to know it. */
export type PortOwner = Pick<ServerRecord, 'id' | 'projectId' | 'name' | 'host'>

/** What Nova asks Neutron for. Everything may throw an `HttpError` that the caller of Nova gets. */
export interface Ports {
  /** Before the server is made: 400 for networks, ports or security groups that are not there for the project. */
  check(
    projectId: string,
    networks: readonly NetworkRequest[] | 'auto' | 'none',
    securityGroups: readonly string[],
  ): void
  /** When the server was accepted: makes ports, or takes the given ones. */
  allocate(
    owner: PortOwner,
    networks: readonly NetworkRequest[] | 'auto' | 'none',
    securityGroups: readonly string[],
  ): void
  /** The server is gone: ports that Nova made go, others become free. */
  release(serverId: string): void
  /** By network's name. */
  addresses(serverId: string): Record<string, readonly ShownAddress[]>
  securityGroups(serverId: string): readonly string[]
  addSecurityGroup(owner: PortOwner, nameOrId: string): void
  removeSecurityGroup(owner: PortOwner, nameOrId: string): void
  interfaces(serverId: string): readonly InterfaceView[]
  attach(owner: PortOwner, request: NetworkRequest): InterfaceView
  detach(owner: PortOwner, portId: string): void
}

/** What Nova asks Cinder for. */
export interface Volumes {
  /** 400 or 404 for a volume that is not there for the project, or is not available. */
  checkAvailable(projectId: string, volumeId: string): void
  /** A new volume from an image, a snapshot or nothing; returns its id. */
  create(
    projectId: string,
    source: { imageId?: string; snapshotId?: string; sizeGiB: number; type?: string | undefined },
  ): string
  attach(serverId: string, volumeId: string, device: string): AttachedVolume
  detach(serverId: string, volumeId: string, deleteVolume: boolean): void
}

/** The other services, as Nova sees them. */
export interface Neighbours {
  readonly ports: Ports
  readonly volumes: Volumes
  readonly image: FindImage
  /** Whether Keystone has the project. */
  hasProject(id: string): boolean
}

/** The OpenStack services that the lab knows; each brings what it needs. */
export type Service = 'keystone' | 'glance' | 'placement' | 'nova' | 'cinder' | 'neutron'

/** The processes behind them. APIs run in uwsgi, the rest are daemons on the message bus. */
export type ServiceProcess = ApiProcess | Worker
export type ApiProcess = 'keystone' | 'glance-api' | 'placement' | 'nova-api' | 'cinder-api' | 'neutron'
export type Worker =
  | 'nova-conductor'
  | 'nova-scheduler'
  | 'nova-compute1'
  | 'nova-compute2'
  | 'nova-compute3'
  | 'cinder-scheduler'
  | 'cinder-volume'

/** Names of the fake compute hosts, each one nova-compute process. */
export const COMPUTE_HOSTS = ['compute1', 'compute2', 'compute3'] as const

interface Definition {
  needs: readonly Service[]
  /** Whether its processes talk over RabbitMQ. */
  bus: boolean
  databases: readonly string[]
  api: { process: ApiProcess; module: string; threads: number }
  workers: readonly Worker[]
  /** Entries of Keystone's catalogue; `path` follows the API's address. */
  catalogue: readonly { type: string; name: string; path: string }[]
}

export const SERVICES: Record<Service, Definition> = {
  keystone: {
    needs: [],
    bus: false,
    databases: ['keystone'],
    api: { process: 'keystone', module: 'keystone.wsgi.api', threads: 4 },
    workers: [],
    catalogue: [{ type: 'identity', name: 'keystone', path: '/v3' }],
  },
  glance: {
    needs: ['keystone'],
    bus: false,
    databases: ['glance'],
    api: { process: 'glance-api', module: 'glance.wsgi.api', threads: 8 },
    workers: [],
    catalogue: [{ type: 'image', name: 'glance', path: '' }],
  },
  placement: {
    needs: ['keystone'],
    bus: false,
    databases: ['placement'],
    api: { process: 'placement', module: 'placement.wsgi.api', threads: 4 },
    workers: [],
    catalogue: [{ type: 'placement', name: 'placement', path: '' }],
  },
  neutron: {
    needs: ['keystone'],
    bus: true,
    databases: ['neutron'],
    api: { process: 'neutron', module: 'neutron.wsgi.api', threads: 8 },
    workers: [],
    catalogue: [{ type: 'network', name: 'neutron', path: '' }],
  },
  cinder: {
    needs: ['keystone', 'glance'],
    bus: true,
    databases: ['cinder'],
    api: { process: 'cinder-api', module: 'cinder.wsgi.api', threads: 8 },
    workers: ['cinder-scheduler', 'cinder-volume'],
    catalogue: [
      { type: 'block-storage', name: 'cinder', path: '/v3' },
      { type: 'volumev3', name: 'cinderv3', path: '/v3/%(project_id)s' },
    ],
  },
  nova: {
    needs: ['keystone', 'glance', 'placement', 'neutron', 'cinder'],
    bus: true,
    databases: ['nova_api', 'nova_cell0', 'nova_cell1'],
    api: { process: 'nova-api', module: 'nova.wsgi.osapi_compute', threads: 8 },
    workers: ['nova-conductor', 'nova-scheduler', 'nova-compute1', 'nova-compute2', 'nova-compute3'],
    catalogue: [{ type: 'compute', name: 'nova', path: '/v2.1' }],
  },
}

export const ALL_SERVICES = Object.keys(SERVICES) as Service[]

/** The services with all that they need, in the order of `SERVICES`. */
export function withNeeds(wanted: readonly Service[]): Service[] {
  const all = new Set(wanted.flatMap((service) => [service, ...SERVICES[service].needs]))
  return ALL_SERVICES.filter((service) => all.has(service))
}

/** Where everything listens on 127.0.0.1. */
export interface CloudPorts {
  api: Record<ApiProcess, number>
  rabbit: number
  rabbitDistribution: number
  erlangPortMapper: number
}

/** How many consecutive ports a cloud takes. */
export const PORT_COUNT = 9

export function portsFrom(first: number): CloudPorts {
  return {
    api: {
      keystone: first,
      'glance-api': first + 1,
      placement: first + 2,
      'nova-api': first + 3,
      'cinder-api': first + 4,
      neutron: first + 5,
    },
    rabbit: first + 6,
    rabbitDistribution: first + 7,
    erlangPortMapper: first + 8,
  }
}

/** Keystone's catalogue for these services on these ports. */
export function catalogueOf(services: readonly Service[], ports: CloudPorts) {
  return services.flatMap((service) =>
    SERVICES[service].catalogue.map(({ type, name, path }) => ({
      type,
      name,
      url: `http://127.0.0.1:${ports.api[SERVICES[service].api.process]}${path}`,
    })),
  )
}

import { HttpError } from '../http.ts'
import type { Neighbours, Ports, Volumes } from './ports.ts'

function none(what: string): never {
  throw new HttpError(400, `this cloud has no ${what}`)
}

const NO_PORTS: Ports = {
  check: () => undefined,
  allocate: () => undefined,
  release: () => undefined,
  addresses: () => ({}),
  securityGroups: () => ['default'],
  addSecurityGroup: () => undefined,
  removeSecurityGroup: () => undefined,
  interfaces: () => [],
  attach: () => none('networks'),
  detach: () => none('networks'),
}

const NO_VOLUMES: Volumes = {
  checkAvailable: () => none('volumes'),
  create: () => none('volumes'),
  attach: () => none('volumes'),
  detach: () => undefined,
}

/** Nova on its own: every image and project is there, networks are nothing, volumes are refused. */
export const NO_NEIGHBOURS: Neighbours = {
  ports: NO_PORTS,
  volumes: NO_VOLUMES,
  image: (id) => ({ id, name: '', status: 'active', size: 0, minDisk: 0, minRam: 0 }),
  hasProject: () => true,
}

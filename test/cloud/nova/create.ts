import { HttpError, type Reply } from '../http.ts'
import type { ImageFacts } from '../image-facts.ts'
import { recordAction } from './action-record.ts'
import type { ApiCall } from './api-call.ts'
import { requireMember } from './caller.ts'
import { type CreateRequest, parseCreate } from './create-request.ts'
import { attachDisks, bootImage, checkDisks } from './disks.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { visibleFlavor } from './flavors.ts'
import { ZONE } from './host.ts'
import { links } from './links.ts'
import { checkQuota } from './quota.ts'
import { embed } from './resize.ts'
import { POWER, type ServerRecord } from './server-record.ts'
import { nextId, nextNumber } from './state.ts'
import { sorted } from './tags.ts'
import { addTask } from './task.ts'
import { second } from './time.ts'

/** `POST /servers`: 202; where it will run, and whether it will, is found out later. */
export function createServer(call: ApiCall): Reply {
  const { state, caller } = call
  const request = parseCreate(call)
  requireMember(caller, 'servers:create')
  const flavor = checkReferences(call, request)
  const { count } = request
  checkQuota(state, caller.projectId, { instances: count, cores: count * flavor.vcpus, ram: count * flavor.ram })
  const servers = Array.from({ length: count }, (_, index) => add(call, request, flavor, index))
  const [first] = servers
  if (!first) throw new Error('no server')
  const groups = request.securityGroups.length > 0 ? request.securityGroups : ['default']
  const server = {
    ...{ id: first.id, links: links(call, 'servers', first.id), 'OS-DCF:diskConfig': 'MANUAL' },
    ...{ security_groups: groups.map((name) => ({ name })), adminPass: 'x'.repeat(12) },
  }
  return { status: 202, headers: { location: `${call.base}/servers/${first.id}` }, body: { server } }
}

function checkReferences(call: ApiCall, request: CreateRequest): FlavorRecord {
  const { state, caller, neighbours } = call
  checkPlace(call, request)
  const imageId = bootImage(request)
  const flavor = visibleFlavor(state, caller, request.flavorId)
  if (!flavor) throw new HttpError(400, `Flavor ${request.flavorId} could not be found.`)
  const image = imageId === null ? undefined : neighbours.image(imageId, caller.projectId, caller.isAdmin)
  if (imageId !== null && !image) throw new HttpError(400, 'Can not find requested image')
  if (image) checkImage(image, flavor, request)
  const { keyName } = request
  if (keyName !== null && !state.keyPairs.some(({ name, userId }) => name === keyName && userId === caller.userId)) {
    throw new HttpError(400, 'Invalid key_name provided.')
  }
  const { serverGroup } = request
  if (serverGroup !== null && !state.serverGroups.some(({ id }) => id === serverGroup)) {
    throw new HttpError(400, `Instance group ${serverGroup} could not be found.`)
  }
  checkDisks(call, request)
  neighbours.ports.check(caller.projectId, request.networks, request.securityGroups)
  return flavor
}

function checkPlace({ state }: ApiCall, { zone, host }: CreateRequest): void {
  if (zone !== null && zone !== ZONE) throw new HttpError(400, 'The requested availability zone is not available')
  if (host !== null && !state.hosts.some(({ name }) => name === host)) {
    throw new HttpError(400, `Compute host ${host} could not be found.`)
  }
}

function checkImage(image: ImageFacts, flavor: FlavorRecord, { imageId }: CreateRequest): void {
  if (image.status !== 'active') throw new HttpError(400, `Image ${image.id} is not active.`)
  if (flavor.ram < image.minRam) throw new HttpError(400, "Flavor's memory is too small for requested image.")
  if (imageId === null) return
  if (flavor.disk === 0) {
    const rule = 'os_compute_api:servers:create:zero_disk_flavor'
    throw new HttpError(403, `Only volume-backed servers are allowed for flavors with zero disk. (${rule})`)
  }
  const [have, least] = [flavor.disk * 2 ** 30, image.minDisk * 2 ** 30]
  if (have < least) {
    const sizes = `Flavor disk is ${have} bytes, minimum size is ${least} bytes.`
    throw new HttpError(400, `Flavor's disk is smaller than the minimum size specified in image metadata. ${sizes}`)
  }
  if (image.size !== null && have < image.size) {
    const sizes = `Flavor disk is ${have} bytes, image is ${image.size} bytes.`
    throw new HttpError(400, `Flavor's disk is too small for requested image. ${sizes}`)
  }
}

function add(call: ApiCall, request: CreateRequest, flavor: FlavorRecord, index: number): ServerRecord {
  const { state, caller } = call
  const id = nextId(state)
  const time = second(state)
  const name = request.count > 1 ? `${request.name}-${index + 1}` : request.name
  const server: ServerRecord = {
    ...{ id, number: nextNumber(state), projectId: caller.projectId, userId: caller.userId, name },
    ...{ createdAt: time, updatedAt: time, launchedAt: null, deletedAt: null },
    hostname: name.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-'),
    ...{ description: request.description, vmState: 'building', taskState: 'scheduling', powerState: POWER.none },
    ...{ host: null, guest: false, flavor: embed(flavor), oldFlavor: null, newFlavor: null, oldVmState: null },
    ...{ migrationContext: null, imageId: request.imageId, metadata: { ...request.metadata } },
    ...{ tags: sorted(request.tags), keyName: request.keyName, userData: request.userData },
    configDrive: request.configDrive ? 'True' : '',
    ...{ lockedBy: null, lockedReason: null, fault: null, volumes: [] },
    requested: {
      ...{ host: request.host, zone: request.zone, tried: [] },
      ports: [request.networks, request.securityGroups],
    },
    ...{ serverGroup: request.serverGroup, reservationId: `r-${id.slice(0, 8)}` },
  }
  state.servers[id] = server
  attachDisks(call, server, request)
  const actionId = recordAction(state, caller, id, 'create')
  addTask(state, { type: 'schedule', serverId: id, actionId })
  return server
}

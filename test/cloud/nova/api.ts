import { type Reply, Router } from '../http.ts'
import { listActions, showAction } from './action-views.ts'
import type { ApiCall } from './api-call.ts'
import { createServer } from './create.ts'
import { changeAccess, listAccess } from './flavor-access.ts'
import { addSpecs, deleteSpec, listSpecs, setSpec, showSpec } from './flavor-specs.ts'
import { createFlavor, deleteFlavor, listFlavors, showFlavor, updateFlavor } from './flavors.ts'
import {
  attachInterface,
  detachInterface,
  listAddresses,
  listInterfaces,
  listSecurityGroups,
  showInterface,
} from './interfaces.ts'
import { createKeyPair, deleteKeyPair, listKeyPairs, showKeyPair } from './key-pairs.ts'
import { showLimits } from './limits.ts'
import { addMetadata, deleteMetadata, listMetadata, replaceMetadata, setMetadata, showMetadata } from './metadata.ts'
import { listMigrations, listServerMigrations, showServerMigration } from './migration-views.ts'
import { NO_NEIGHBOURS } from './no-neighbours.ts'
import { defaultQuota, detailQuota, resetQuota, setQuota, showQuota } from './quota-sets.ts'
import { act } from './server-actions.ts'
import { createGroup, deleteGroup, listGroups, showGroup } from './server-groups.ts'
import { listServers, removeServer, showServer, updateServer } from './servers.ts'
import { listServices, listZones, updateService } from './services.ts'
import { addTag, deleteTag, deleteTags, hasTag, listTags, replaceTags } from './tags.ts'
import { attachVolume, detachVolume, listAttachments, showAttachment } from './volume-attachments.ts'

const ROUTES = new Router<ApiCall, Reply>()
  .on('GET', '/limits', showLimits)
  .on('GET', '/servers', (call) => listServers(call, false))
  .on('GET', '/servers/detail', (call) => listServers(call, true))
  .on('POST', '/servers', createServer)
  .on('GET', '/servers/{}', showServer)
  .on('PUT', '/servers/{}', updateServer)
  .on('DELETE', '/servers/{}', removeServer)
  .on('POST', '/servers/{}/action', (call) => act({ ...call, serverId: call.params[0] ?? '' }))
  .on('GET', '/servers/{}/metadata', listMetadata)
  .on('POST', '/servers/{}/metadata', addMetadata)
  .on('PUT', '/servers/{}/metadata', replaceMetadata)
  .on('GET', '/servers/{}/metadata/{}', showMetadata)
  .on('PUT', '/servers/{}/metadata/{}', setMetadata)
  .on('DELETE', '/servers/{}/metadata/{}', deleteMetadata)
  .on('GET', '/servers/{}/tags', listTags)
  .on('PUT', '/servers/{}/tags', replaceTags)
  .on('DELETE', '/servers/{}/tags', deleteTags)
  .on('GET', '/servers/{}/tags/{}', hasTag)
  .on('PUT', '/servers/{}/tags/{}', addTag)
  .on('DELETE', '/servers/{}/tags/{}', deleteTag)
  .on('GET', '/servers/{}/os-instance-actions', listActions)
  .on('GET', '/servers/{}/os-instance-actions/{}', showAction)
  .on('GET', '/servers/{}/migrations', listServerMigrations)
  .on('GET', '/servers/{}/migrations/{}', showServerMigration)
  .on('GET', '/servers/{}/ips', listAddresses)
  .on('GET', '/servers/{}/os-security-groups', listSecurityGroups)
  .on('GET', '/servers/{}/os-interface', listInterfaces)
  .on('POST', '/servers/{}/os-interface', attachInterface)
  .on('GET', '/servers/{}/os-interface/{}', showInterface)
  .on('DELETE', '/servers/{}/os-interface/{}', detachInterface)
  .on('GET', '/servers/{}/os-volume_attachments', listAttachments)
  .on('POST', '/servers/{}/os-volume_attachments', attachVolume)
  .on('GET', '/servers/{}/os-volume_attachments/{}', showAttachment)
  .on('DELETE', '/servers/{}/os-volume_attachments/{}', detachVolume)
  .on('GET', '/os-migrations', listMigrations)
  .on('GET', '/flavors', (call) => listFlavors(call, false))
  .on('GET', '/flavors/detail', (call) => listFlavors(call, true))
  .on('POST', '/flavors', createFlavor)
  .on('GET', '/flavors/{}', showFlavor)
  .on('PUT', '/flavors/{}', updateFlavor)
  .on('DELETE', '/flavors/{}', deleteFlavor)
  .on('POST', '/flavors/{}/action', changeAccess)
  .on('GET', '/flavors/{}/os-flavor-access', listAccess)
  .on('GET', '/flavors/{}/os-extra_specs', listSpecs)
  .on('POST', '/flavors/{}/os-extra_specs', addSpecs)
  .on('GET', '/flavors/{}/os-extra_specs/{}', showSpec)
  .on('PUT', '/flavors/{}/os-extra_specs/{}', setSpec)
  .on('DELETE', '/flavors/{}/os-extra_specs/{}', deleteSpec)
  .on('GET', '/os-keypairs', listKeyPairs)
  .on('POST', '/os-keypairs', createKeyPair)
  .on('GET', '/os-keypairs/{}', showKeyPair)
  .on('DELETE', '/os-keypairs/{}', deleteKeyPair)
  .on('GET', '/os-quota-sets/{}', showQuota)
  .on('GET', '/os-quota-sets/{}/detail', detailQuota)
  .on('GET', '/os-quota-sets/{}/defaults', defaultQuota)
  .on('PUT', '/os-quota-sets/{}', setQuota)
  .on('DELETE', '/os-quota-sets/{}', resetQuota)
  .on('GET', '/os-server-groups', listGroups)
  .on('POST', '/os-server-groups', createGroup)
  .on('GET', '/os-server-groups/{}', showGroup)
  .on('DELETE', '/os-server-groups/{}', deleteGroup)
  .on('GET', '/os-services', listServices)
  .on('PUT', '/os-services/{}', updateService)
  .on('GET', '/os-availability-zone', listZones)

/** Answers one request; throws `HttpError` for what Nova refuses. Everything happens before it returns. */
export function answer(call: ApiCall): Reply {
  return ROUTES.handle(call)
}

/** A request without HTTP, for whoever drives the state by hand: `path` with its query, relative to `/v2.1`. */
export function request(
  { state, caller, minor = 96, neighbours = NO_NEIGHBOURS }: Pick<ApiCall, 'state' | 'caller'> & Partial<ApiCall>,
  method: string,
  path: string,
  body?: unknown,
): Reply {
  const [plain = '', query = ''] = path.split('?')
  const parameters = { params: [], query: new URLSearchParams(query), base: '' }
  return answer({ method, path: plain, body, minor, caller, state, neighbours, ...parameters })
}

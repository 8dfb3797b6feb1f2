import { DESKTOP } from '../../api/v1alpha1/names.ts'
import type { Cloud, Desktop } from '../../api/v1alpha1/objects.ts'
import { isDeletedServer, type NovaServer } from '../../pkg/openstack/nova-server.ts'
import { readServerMark } from '../../pkg/openstack/server-metadata.ts'
import type { SynchronizationPolicy } from '../../pkg/synchronize/decide.ts'
import type { Found } from '../../pkg/synchronize/found.ts'
import type { Runtime } from '../runtime.ts'

/** Which servers of the cloud appear as Desktops: those of the Cloud's project, or none. */
export function policyOf({ synchronize }: Cloud['spec']): SynchronizationPolicy {
  return synchronize?.desktops?.policy ?? 'None'
}

/** What the synchronizer must know of Nova's servers. */
export function foundServers({ informers }: Pick<Runtime, 'informers'>): Found<Desktop, NovaServer> {
  return {
    name: 'desktop-synchronizer',
    type: DESKTOP,
    objects: informers.desktops,
    ourManagers: ['auxo-desktop', 'auxo-desktop-resize'],
    fallbackName: 'desktop',
    policyOf,
    inventoryOf: ({ serverInventory }) => serverInventory,
    view: (server) => ({
      id: server.id,
      name: server.name,
      // A server in the making may be another Desktop's, whose mark is not to be seen before Nova took it.
      usable: server.status !== 'BUILD',
      projectID: server.tenant_id,
      mark: readServerMark(server),
    }),
    exists: async ({ servers }, id, signal) => {
      const live = await servers.get(id, { signal })
      return live !== undefined && !isDeletedServer(live)
    },
    // Somebody resizes it.
    inUse: ({ status }) => status?.activeOperation !== undefined,
  }
}

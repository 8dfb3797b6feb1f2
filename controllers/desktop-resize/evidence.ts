import type { InstanceAction } from '../../pkg/openstack/nova-instance-action.ts'
import type { Scene } from './observe.ts'
import type { Evidence, ObservedInCloud } from './observed.ts'

const nothing: Evidence = { migration: undefined, action: 'None', cause: undefined, rebooted: false }

/** What Nova's records say of a resize that may have been sent; nothing that is older than it. */
export async function evidenceOf(scene: Scene, server: ObservedInCloud['server']): Promise<Evidence> {
  const { ledger, resize, cloud, signal } = scene
  const { preImage, serverID } = resize.status ?? {}
  if (!ledger.sent('Resize') || preImage === undefined || serverID === undefined) return nothing
  // While Nova moves the server there is nothing to decide.
  if (typeof server === 'object' && server.status === 'RESIZE') return { ...nothing, action: 'Seen' }
  const migrations = await cloud.migrations.ofServer(serverID, { signal })
  const ours = migrations
    .filter(({ migration_type: type, id }) => type === 'resize' && id > (preImage.migrationID ?? 0))
    .sort((a, b) => b.id - a.id)[0]
  const migration = ours && { id: ours.id, status: ours.status }
  const moved = typeof server === 'object' && server.flavor === 'New'
  if (moved && server.status !== 'ERROR') return { ...nothing, migration, action: 'Seen' }
  return { migration, ...(await actionOf(scene, serverID)) }
}

/** The action that our user asked for since: the one proof that Nova took the request, whatever its answer was. */
async function actionOf({ resize, cloud, signal }: Scene, serverID: string): Promise<Omit<Evidence, 'migration'>> {
  const marker = resize.status?.preImage?.actionRequestID
  const [actions, { user }] = await Promise.all([
    cloud.instanceActions.ofServer(serverID, { signal }),
    cloud.session.identity({ signal }),
  ])
  const before = actions.findIndex(({ request_id: id }) => id === marker)
  const since = before < 0 ? actions : actions.slice(0, before)
  const asked = (what: string) => since.find(({ action, user_id: id }) => action === what && id === user.id)
  const ours = asked('resize')
  const rebooted = asked('reboot') !== undefined
  if (ours === undefined) return { action: 'None', cause: undefined, rebooted }
  if (ours.message !== 'Error') return { action: 'Seen', cause: undefined, rebooted }
  const whole = await cloud.instanceActions.get(serverID, ours.request_id, { signal })
  return { action: 'Failed', cause: causeOf(whole), rebooted }
}

/** The last event that failed, in Nova's words. */
function causeOf(action: InstanceAction | undefined): string | undefined {
  const failed = action?.events?.find(({ result }) => result === 'Error')
  if (failed === undefined) return undefined
  const words = failed.details ?? failed.traceback?.trim().split('\n').at(-1) ?? 'no details'
  return `${failed.event}: ${words}`.slice(0, 1024)
}

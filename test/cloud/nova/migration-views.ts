import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, onlyQuery, since } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import { page } from './page.ts'
import { findServer } from './server-find.ts'
import type { MigrationRecord } from './state.ts'
import { isoMicroseconds, parseTime } from './time.ts'

const KNOWN = [
  ...['hidden', 'host', 'instance_uuid', 'source_compute', 'status', 'migration_type', 'changes-since'],
  ...['changes-before', 'user_id', 'project_id'],
]

/** `GET /os-migrations`: newest first; for administrators. */
export function listMigrations(call: ApiCall): Reply {
  const { state, query, minor, caller } = call
  requireAdmin(caller, 'os-migrations:index')
  onlyQuery(call, 59, KNOWN)
  const wanted = (name: string) => query.get(name)
  const from = minor >= 59 ? parseTime(query.get('changes-since') ?? '') : undefined
  const found = state.migrations
    .filter(({ serverId }) => wanted('instance_uuid') === null || serverId === wanted('instance_uuid'))
    .filter(({ status }) => wanted('status') === null || status === wanted('status'))
    .filter(({ type }) => wanted('migration_type') === null || type === wanted('migration_type'))
    .filter(({ updatedAt }) => updatedAt >= (from ?? 0))
    .reverse()
  const named = found.map((migration) => ({ id: migration.uuid, migration }))
  const paged = minor >= 59 ? call : { ...call, query: new URLSearchParams() }
  const { items, links } = page(paged, named, 'os-migrations', (marker) => {
    return new HttpError(400, `Marker ${marker} could not be found.`)
  })
  const migrations = items.map(({ migration }) => view(minor, migration))
  return { status: 200, body: { migrations, ...(minor >= 59 && links && { migrations_links: links }) } }
}

function view(minor: number, migration: MigrationRecord): object {
  const { id, uuid, serverId, status, sourceHost, destinationHost, oldFlavor, newFlavor, type } = migration
  return {
    ...{ id, instance_uuid: serverId, status },
    ...{ source_compute: sourceHost, source_node: sourceHost, source_region: null },
    ...{ dest_compute: destinationHost, dest_node: destinationHost, dest_host: destinationHost && '127.0.0.1' },
    ...{ dest_region: null, old_instance_type_id: oldFlavor, new_instance_type_id: newFlavor },
    ...{ created_at: isoMicroseconds(migration.createdAt), updated_at: isoMicroseconds(migration.updatedAt) },
    ...(minor >= 23 && { migration_type: type }),
    ...(minor >= 59 && { uuid }),
    ...(minor >= 80 && { user_id: migration.userId, project_id: migration.projectId }),
  }
}

/** `GET /servers/{id}/migrations` knows live migrations only: a resize never shows there. */
export function listServerMigrations(call: ApiCall): Reply {
  since(call, 23)
  findServer(call.state, call.caller, call.params[0] ?? '')
  requireAdmin(call.caller, 'servers:migrations:index')
  return { status: 200, body: { migrations: [] } }
}

export function showServerMigration(call: ApiCall): Reply {
  listServerMigrations(call)
  const [server, id] = call.params
  throw new HttpError(404, `In-progress live migration ${id} is not found for server ${server}.`)
}

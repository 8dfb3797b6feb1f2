import { HttpError } from '../http.ts'
import { type ApiCall, onlyQuery } from './api-call.ts'
import { forbidden } from './caller.ts'
import { type ServerRecord, vmStatesOf } from './server-record.ts'
import { parseTime } from './time.ts'

type Test = (server: ServerRecord) => boolean

/** What administrators cannot filter by; for others these parameters are as if they were not there. */
const REFUSED = [
  ...['block_device_mapping', 'services', 'metadata', 'system_metadata', 'info_cache', 'security_groups'],
  'pci_devices',
]

const KNOWN = [
  ...['user_id', 'project_id', 'tenant_id', 'launch_index', 'image_ref', 'image', 'kernel_id', 'ramdisk_id'],
  ...['hostname', 'key_name', 'power_state', 'vm_state', 'task_state', 'host', 'node', 'flavor', 'reservation_id'],
  ...['launched_at', 'terminated_at', 'availability_zone', 'name', 'display_name', 'description'],
  ...['display_description', 'locked_by', 'uuid', 'root_device_name', 'config_drive', 'access_ip_v4'],
  ...['access_ip_v6', 'auto_disk_config', 'progress', 'all_tenants', 'soft_deleted', 'deleted', 'status'],
  ...['changes-since', 'changes-before', 'ip', 'ip6', 'created_at', 'tags', 'tags-any', 'not-tags', 'not-tags-any'],
  'locked',
]

/** The servers that a list's query asks for, newest first; with the marker's, which may be deleted or another's. */
export function queriedServers(call: ApiCall): ServerRecord[] {
  const { state, query, caller } = call
  for (const name of REFUSED) {
    if (caller.isAdmin && query.has(name)) throw new HttpError(400, `Invalid filter field: ${name}.`)
  }
  onlyQuery(call, 75, [...KNOWN, ...REFUSED])
  const tests = [projectTest(call), lifeTest(call), ...stateTests(call), ...tagTests(call), ...fieldTests(call)]
  const marker = query.get('marker')
  const servers = Object.values(state.servers).filter((one) => one.id === marker || tests.every((test) => test(one)))
  return servers.sort(order(query))
}

function projectTest({ caller, query }: ApiCall): Test {
  const all = ['1', 'true', 't', 'on', 'yes', 'y', ''].includes(query.get('all_tenants')?.toLowerCase() ?? 'no')
  if (!all) return ({ projectId }) => projectId === caller.projectId
  if (!caller.isAdmin) throw forbidden('servers:detail:get_all_tenants')
  const wanted = query.get('project_id') ?? query.get('tenant_id')
  return ({ projectId }) => wanted === null || projectId === wanted
}

/** Without `changes-since` what is alive; with it everything that changed, deleted servers too. */
function lifeTest({ caller, query }: ApiCall): Test {
  const time = (name: string) => {
    const text = query.get(name)
    const parsed = text === null ? undefined : parseTime(text)
    if (text !== null && parsed === undefined) {
      const rule = `'${text}' is not a 'date-time'`
      throw new HttpError(400, `Invalid input for query parameters ${name}. Value: ${text}. ${rule}`)
    }
    return parsed
  }
  const [from, until] = [time('changes-since'), time('changes-before')]
  const onlyDeleted = /^(1|true|t|on|yes|y)$/i.test(query.get('deleted') ?? '') && caller.isAdmin
  if (from === undefined && until === undefined) {
    if (onlyDeleted) return ({ vmState }) => vmState === 'deleted'
    return ({ vmState }) => vmState !== 'deleted' && vmState !== 'soft-delete'
  }
  return ({ updatedAt, vmState }) =>
    (from === undefined || updatedAt >= from) &&
    (until === undefined || updatedAt <= until) &&
    (!onlyDeleted || vmState === 'deleted')
}

function stateTests({ caller, query, minor }: ApiCall): Test[] {
  if (!query.has('status')) return []
  const states = query.getAll('status').map((status) => vmStatesOf(status) ?? [])
  const wanted = new Set(states.flat())
  if (wanted.size === 0) {
    if (minor >= 38) throw new HttpError(400, 'Invalid status value')
    return [() => false]
  }
  if (wanted.has('deleted') && !caller.isAdmin) {
    throw new HttpError(403, 'Only administrators may list deleted instances')
  }
  return [({ vmState }) => wanted.has(vmState)]
}

function tagTests({ query, minor }: ApiCall): Test[] {
  if (minor < 26) return []
  const tests: Test[] = []
  const list = (name: string) => query.get(name)?.split(',')
  const [all, any] = [list('tags'), list('tags-any')]
  const [notAll, notAny] = [list('not-tags'), list('not-tags-any')]
  if (all) tests.push(({ tags }) => all.every((tag) => tags.includes(tag)))
  if (any) tests.push(({ tags }) => any.some((tag) => tags.includes(tag)))
  if (notAll) tests.push(({ tags }) => !notAll.every((tag) => tags.includes(tag)))
  if (notAny) tests.push(({ tags }) => !notAny.some((tag) => tags.includes(tag)))
  return tests
}

/** Names are regular expressions, ids are exact; others than these are ignored. */
function fieldTests({ caller, query, minor }: ApiCall): Test[] {
  const tests: Test[] = []
  const name = query.get('name')
  if (name !== null) {
    const pattern = new RegExp(name, 'i')
    tests.push((server) => pattern.test(server.name))
  }
  const exact = (key: string, value: (server: ServerRecord) => string | null) => {
    const wanted = query.get(key)
    if (wanted !== null) tests.push((server) => value(server) === wanted)
  }
  exact('image', ({ imageId }) => imageId)
  exact('flavor', ({ flavor }) => flavor.id)
  exact('uuid', ({ id }) => id)
  if (caller.isAdmin) exact('host', ({ host }) => host)
  const locked = minor >= 73 ? query.get('locked') : null
  if (locked !== null) tests.push(({ lockedBy }) => (lockedBy !== null) === /^(1|t|true|on|y|yes)$/i.test(locked))
  return tests
}

const SORTED: Readonly<Record<string, (server: ServerRecord) => string | number>> = {
  created_at: ({ createdAt }) => createdAt,
  updated_at: ({ updatedAt }) => updatedAt,
  display_name: ({ name }) => name,
  uuid: ({ id }) => id,
}

function order(query: URLSearchParams): (a: ServerRecord, b: ServerRecord) => number {
  const key = SORTED[query.get('sort_key') ?? 'created_at'] ?? SORTED['created_at']
  const sign = query.get('sort_dir') === 'asc' ? 1 : -1
  return (a, b) => {
    const [x, y] = [key?.(a) ?? 0, key?.(b) ?? 0]
    return (x < y ? -1 : x > y ? 1 : a.number - b.number) * sign
  }
}

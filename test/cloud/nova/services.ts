import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, isObject } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import { type HostRecord, isUp, ZONE } from './host.ts'
import { isoMicroseconds } from './time.ts'

function view({ state, minor }: ApiCall, host: HostRecord): object {
  const { name, serviceId, enabled, disabledReason, forcedDown } = host
  return {
    id: minor >= 53 ? serviceId : state.hosts.indexOf(host) + 1,
    ...{ binary: 'nova-compute', host: name, zone: ZONE, status: enabled ? 'enabled' : 'disabled' },
    ...{ state: isUp(state, name) ? 'up' : 'down', updated_at: isoMicroseconds(state.now) },
    disabled_reason: disabledReason,
    ...(minor >= 11 && { forced_down: forcedDown }),
  }
}

export function listServices(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-services:list')
  const { query, state } = call
  const binary = query.get('binary')
  const hosts = binary === null || binary === 'nova-compute' ? state.hosts : []
  const services = hosts.filter(({ name }) => !query.has('host') || query.get('host') === name)
  return { status: 200, body: { services: services.map((host) => view(call, host)) } }
}

/** `PUT /os-services/{id}` (2.53). */
export function updateService(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-services:update')
  const host = call.state.hosts.find(({ serviceId }) => serviceId === call.params[0])
  if (!host) throw new HttpError(404, `Service ${call.params[0]} could not be found.`)
  const { status, disabled_reason: reason, forced_down: forced } = isObject(call.body) ? call.body : {}
  if (status === undefined && forced === undefined) {
    throw new HttpError(400, "No updates were requested. Fields 'status' or 'forced_down' should be specified.")
  }
  if (status !== undefined) host.enabled = status === 'enabled'
  if (status !== undefined) host.disabledReason = status === 'enabled' ? null : ((reason ?? null) as string | null)
  if (typeof forced === 'boolean') host.forcedDown = forced
  return { status: 200, body: { service: view(call, host) } }
}

export function listZones({ state }: ApiCall): Reply {
  const available = state.hosts.some(({ name, enabled }) => enabled && isUp(state, name))
  const zone = { zoneName: ZONE, zoneState: { available }, hosts: null }
  return { status: 200, body: { availabilityZoneInfo: [zone] } }
}

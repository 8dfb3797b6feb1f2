import { HttpError } from '../http.ts'
import type { VolumeState } from './volume-state.ts'

const DEFAULTS: Readonly<Record<string, number>> = {
  volumes: 10,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  per_volume_gigabytes: -1,
  groups: 10,
}
/** The most that Cinder's database takes. */
const MAXIMUM = 2_147_483_647
const NO_RESOURCES = ['tenant_id', 'id']

export interface Quota {
  readonly limit: number
  readonly in_use: number
  readonly reserved: number
}

/** Limits and use of a project, whether there is such a project or not. */
export function quotasOf(state: VolumeState, projectId: string): Record<string, Quota> {
  const limits = { ...defaultQuotas(state), ...state.quotas[projectId] }
  const quota = ([name, limit]: [string, number]): [string, Quota] => [
    name,
    { limit, in_use: used(state, projectId, name), reserved: 0 },
  ]
  return Object.fromEntries(Object.entries(limits).map(quota))
}

/** Beside the whole each volume type has limits of its own. */
export function defaultQuotas(state: VolumeState): Record<string, number> {
  const names = state.types.flatMap(({ name }) => [`volumes_${name}`, `snapshots_${name}`, `gigabytes_${name}`])
  return { ...DEFAULTS, ...Object.fromEntries(names.map((name) => [name, -1])) }
}

function used(state: VolumeState, projectId: string, resource: string): number {
  const [, what, typeName] = /^(volumes|gigabytes)(?:_(.+))?$/.exec(resource) ?? []
  if (what === undefined) return 0
  const type = state.types.find(({ name }) => name === typeName)
  const own = state.volumes.filter((one) => one.projectId === projectId && (!typeName || one.typeId === type?.id))
  return what === 'volumes' ? own.length : own.reduce((sum, { size }) => sum + size, 0)
}

/**
 * Sets limits. Any project will do. A limit below what is used is refused only where the project had a limit of its own
 * for it before; the first is taken as it is.
 */
export function setQuotas(state: VolumeState, projectId: string, wanted: Readonly<Record<string, unknown>>): void {
  const known = defaultQuotas(state)
  const limits = Object.entries(wanted).filter(([name]) => !NO_RESOURCES.includes(name))
  const bad = limits.map(([name]) => name).filter((name) => !(name in known))
  for (const [name, value] of limits) if (name in known) checkLimit(name, value)
  if (bad.length > 0) throw new HttpError(400, `Invalid input received: Bad key(s) in quota set: ${bad.join(', ')}`)
  for (const [name, value] of limits) checkUse(state, { projectId, name, limit: Number(value) })
  const numbers = Object.fromEntries(limits.map(([name, value]) => [name, Number(value)]))
  state.quotas[projectId] = { ...state.quotas[projectId], ...numbers }
}

function checkLimit(name: string, value: unknown): void {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (!Number.isInteger(number)) throw new HttpError(400, `Invalid input received: ${name} must be an integer.`)
  if (Number(number) < -1) throw new HttpError(400, `Invalid input received: ${name} must be >= -1`)
  if (Number(number) > MAXIMUM) throw new HttpError(400, `Invalid input received: ${name} must be <= ${MAXIMUM}`)
}

function checkUse(
  state: VolumeState,
  { projectId, name, limit }: { projectId: string; name: string; limit: number },
): void {
  if (limit === -1 || state.quotas[projectId]?.[name] === undefined) return
  const usage = used(state, projectId, name)
  if (limit >= usage) return
  const what = `Quota ${name} limit must be equal or greater than existing resources.`
  throw new HttpError(400, `${what} Current usage is ${usage} and the requested limit is ${limit}.`)
}

/** 413 where one more volume of this size and type is too much. */
export function checkRoom(state: VolumeState, projectId: string, size: number, typeName: string): void {
  const quotas = quotasOf(state, projectId)
  const largest = quotas['per_volume_gigabytes']?.limit ?? -1
  if (largest !== -1 && size > largest) {
    throw tooMuch(
      'VolumeSizeExceedsLimit',
      `Requested volume size ${size}G is larger than maximum allowed limit ${largest}G.`,
    )
  }
  for (const name of ['gigabytes', `gigabytes_${typeName}`]) {
    const { limit, in_use } = quotas[name] as Quota
    if (limit === -1 || in_use + size <= limit) continue
    const what = `Requested volume or snapshot exceeds allowed ${name} quota.`
    throw tooMuch(
      'VolumeSizeExceedsAvailableQuota',
      `${what} Requested ${size}G, quota is ${limit}G and ${in_use}G has been consumed.`,
    )
  }
  for (const name of ['volumes', `volumes_${typeName}`]) {
    const { limit, in_use } = quotas[name] as Quota
    if (limit === -1 || in_use < limit) continue
    throw tooMuch('VolumeLimitExceeded', `Maximum number of volumes allowed (${limit}) exceeded for quota '${name}'.`)
  }
}

function tooMuch(type: string, message: string): HttpError {
  return new HttpError(413, `${type}: ${message}`, { 'retry-after': '0' })
}

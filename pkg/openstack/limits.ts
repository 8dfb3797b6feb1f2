import type { Failure } from '../failure/failure.ts'
import { asFailure } from '../failure/failure.ts'
import { ImageService } from './image-service.ts'
import type { Session } from './session.ts'

/** A limit of the project as a service reports it. */
export interface AbsoluteLimit {
  /** Official service type. */
  service: string
  /** As the service names it: `maxTotalCores`, `image_size_total`, … */
  name: string
  /** -1 is no limit. */
  limit: number
  /** What is in use, where the service says so. */
  used?: number
}

/** A rate limit as a service reports it (Nova and Cinder behind a limiting filter; most clouds have none). */
export interface ReportedRateLimit {
  service: string
  /** HTTP method. */
  verb: string
  /** Pattern of the paths that it is for. */
  path: string
  /** Calls per `unit`. */
  limit: number
  /** `SECOND`, `MINUTE`, `HOUR` or `DAY`. */
  unit: string
}

export interface Limits {
  absolute: AbsoluteLimit[]
  rate: ReportedRateLimit[]
  /** Services that are there but did not answer. */
  failures: Readonly<Record<string, Failure>>
}

/** The limits that the cloud's services report for the project; services that the cloud lacks are left out. */
export async function readLimits(session: Session, options: { signal?: AbortSignal } = {}): Promise<Limits> {
  const limits: Limits = { absolute: [], rate: [], failures: {} }
  const failures: Record<string, Failure> = {}
  const readers: Readonly<Record<string, () => Promise<Omit<Limits, 'failures'>>>> = {
    compute: () => readServiceLimits(session, 'compute', options.signal),
    'block-storage': () => readServiceLimits(session, 'block-storage', options.signal),
    image: () => readImageUsage(session, options.signal),
  }
  for (const [service, read] of Object.entries(readers)) {
    if (!(await session.has(service, options))) continue
    try {
      const { absolute, rate } = await read()
      limits.absolute.push(...absolute)
      limits.rate.push(...rate)
    } catch (error) {
      if (options.signal?.aborted) throw error
      failures[service] = asFailure(error)
    }
  }
  return { ...limits, failures }
}

interface LimitsBody {
  limits?: {
    absolute?: Record<string, unknown>
    rate?: { uri?: string; regex?: string; limit?: { verb?: string; value?: number; unit?: string }[] }[]
  }
}

async function readServiceLimits(session: Session, service: string, signal: AbortSignal | undefined) {
  const { body } = await session.request({ service, method: 'GET', path: '/limits', signal })
  const { absolute = {}, rate = [] } = (body as LimitsBody | undefined)?.limits ?? {}
  return { absolute: pairLimits(service, absolute), rate: rate.flatMap((entry) => flatten(service, entry)) }
}

/** `maxTotalCores` and its `totalCoresUsed` become one entry, likewise `maxTotalRAMSize` and `totalRAMUsed`. */
function pairLimits(service: string, absolute: Readonly<Record<string, unknown>>): AbsoluteLimit[] {
  return Object.entries(absolute).flatMap(([name, limit]) => {
    const what = /^max(?:Total)?(.+?)(?:Size)?$/.exec(name)?.[1]
    if (what === undefined || typeof limit !== 'number') return []
    // Cinder leaves out a word: maxTotalVolumeGigabytes, totalGigabytesUsed.
    const used = absolute[`total${what === 'VolumeGigabytes' ? 'Gigabytes' : what}Used`]
    return [{ service, name, limit, ...(typeof used === 'number' ? { used } : {}) }]
  })
}

function flatten(
  service: string,
  entry: NonNullable<NonNullable<LimitsBody['limits']>['rate']>[number],
): ReportedRateLimit[] {
  return (entry.limit ?? []).map(({ verb = '', value = 0, unit = '' }) => ({
    service,
    verb,
    path: entry.uri ?? entry.regex ?? '',
    limit: value,
    unit,
  }))
}

async function readImageUsage(session: Session, signal: AbortSignal | undefined) {
  const usage = await new ImageService(session).usage({ signal })
  const absolute = Object.entries(usage).map(([name, { limit, usage: used }]) => ({
    service: 'image',
    name,
    limit,
    used,
  }))
  return { absolute, rate: [] }
}

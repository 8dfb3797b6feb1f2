import { OpenStackError } from './errors.ts'

/** Which microversion a call needs of its service. */
export interface MicroversionWish {
  /** The first that has what the call is about. */
  least: string
  /** The newest that the call and its reader know; default `least`. What lies between adds something, but is not needed. */
  best?: string | undefined
  /** What `least` brought, for the message where a service is older: "tags of servers". */
  feature: string
}

/** Range of microversions that a service offers. */
export interface MicroversionRange {
  min: string
  max: string
}

/**
 * The microversion to ask for: the newest that both sides know. Throws `Refused`, `MicroversionTooOld` (or `TooNew`),
 * where there is none. `range` is absent for a service that does not tell: then the service decides.
 */
export function chooseMicroversion(service: string, wish: MicroversionWish, range?: MicroversionRange): string {
  const { least, best = least, feature } = wish
  if (range === undefined) return least
  const newest = compareMicroversions(best, range.max) < 0 ? best : range.max
  if (compareMicroversions(newest, least) < 0) {
    const message = `${service}: the cloud is too old for ${feature}: it offers up to ${range.max}, ${least} is needed`
    throw new OpenStackError(message, { class: 'Refused', code: 'MicroversionTooOld', service })
  }
  if (compareMicroversions(newest, range.min) < 0) {
    const message = `${service}: the cloud is too new for ${feature}: it offers ${range.min} and later, ${best} is known`
    throw new OpenStackError(message, { class: 'Refused', code: 'MicroversionTooNew', service })
  }
  return newest
}

/** Below 0 where `one` is the older. */
export function compareMicroversions(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major - otherMajor || minor - otherMinor
}

import type { Failure } from '../failure/failure.ts'
import type { ServiceVersion } from './discovery.ts'

/** A service of the catalogue, as far as it tells about itself. */
export interface ServiceInfo extends Partial<ServiceVersion> {
  /** Official type: `image`, `compute`, `block-storage`, … */
  type: string
  url: string
  /** Why the version is not known. */
  failure?: Failure
}

import type { Failure } from '../../pkg/failure/failure.ts'
import type { Identity } from '../../pkg/openstack/identity.ts'
import type { Limits } from '../../pkg/openstack/limits.ts'
import type { ServiceInfo } from '../../pkg/openstack/service-info.ts'
import type { CredentialsState } from './credentials.ts'

/** What the cloud says of itself; read again every few minutes. */
export interface CloudFacts {
  services: ServiceInfo[]
  limits: Limits
}

export interface ObservedCloud {
  credentials: CredentialsState
  connection:
    | {
        /** Made from what the Secret and spec say now. */
        current: boolean
        identity: Identity
        /** Why the cloud counts as failed. */
        failure: Failure | undefined
        facts: CloudFacts | undefined
        factsDue: boolean
        /** Images that the inventory holds; undefined before its first list. */
        images: number | undefined
        /** Servers of the project, while something needs their inventory. */
        desktops: number | undefined
      }
    | undefined
  /** The last attempt to log in with these very credentials was refused so short a time ago that it is not repeated. */
  rejection: Failure | undefined
  /** Name of an older Cloud of the namespace that is connected to the same project. */
  projectTakenBy: string | undefined
  /** A new value of the refresh annotation, not on record yet. */
  refresh: string | undefined
  /** It was not obeyed yet. */
  refreshDue: boolean
  /** Objects that refer to this Cloud, `Kind/name`. */
  referrers: readonly string[]
}

/** One request that reached the cloud; it is there from its arrival, the last fields follow with the answer. */
export interface LoggedRequest {
  /** Milliseconds since the epoch, at arrival. */
  readonly time: number
  /** `identity`, `image`, `compute`, `volume`, `network`; empty for an unknown path. */
  readonly service: string
  readonly method: string
  /** Relative to the service's endpoint, without the query. */
  readonly path: string
  readonly query: string
  /** Names; empty where the request had no valid token. */
  readonly user: string
  readonly project: string
  /** The service's own id of the request (x-openstack-request-id of the answer). */
  readonly requestId: string
  /** What the client sent as x-openstack-request-id, if it has the shape that services accept. */
  readonly globalRequestId: string | undefined
  /** Undefined while the answer is outstanding, and for ever if the connection was cut before it. */
  status: number | undefined
  /** The kind of fault that hit it. */
  fault: string | undefined
}

/** What to look for; absent fields match everything. */
export interface RequestFilter {
  readonly service?: string
  readonly method?: string
  readonly path?: RegExp | string
  readonly user?: string
  readonly status?: number
}

/** Everything that was asked of the cloud, oldest first. */
export class RequestLog {
  #entries: LoggedRequest[] = []

  add(entry: LoggedRequest): void {
    this.#entries.push(entry)
  }

  all(filter: RequestFilter = {}): readonly LoggedRequest[] {
    return this.#entries.filter((entry) => matches(filter, entry))
  }

  count(filter: RequestFilter = {}): number {
    return this.all(filter).length
  }

  clear(): void {
    this.#entries = []
  }
}

/** A string is an exact path, a regular expression is searched for in it. */
export function matches(filter: RequestFilter, entry: LoggedRequest): boolean {
  if (filter.service !== undefined && filter.service !== entry.service) return false
  if (filter.method !== undefined && filter.method !== entry.method) return false
  if (filter.user !== undefined && filter.user !== entry.user) return false
  if (filter.status !== undefined && filter.status !== entry.status) return false
  if (filter.path === undefined) return true
  return typeof filter.path === 'string' ? filter.path === entry.path : filter.path.test(entry.path)
}

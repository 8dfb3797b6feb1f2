/** How the answers under a path go wrong. Members can be combined; numbers of bytes count within one answer's body. */
export interface Fault {
  /** For how many requests; then the next fault of the path applies, or none. Default: for ever. */
  times?: number
  /** Answer with this status and no content: 404, 429, 500, 503 … */
  status?: number
  /** Seconds in a Retry-After header, together with `status`. */
  retryAfter?: number
  /** Answer 302 (or `status`) with this Location, absolute or not. */
  redirect?: string
  /** Answer 401 unless the request carries these. */
  basic?: { user: string; password: string }
  /** A page of HTML, as a web server shows for a directory, in place of the content. */
  directoryPage?: boolean
  /** Milliseconds before the answer starts. */
  latencyMs?: number
  /** No Content-Length: the body is chunked. */
  noLength?: boolean
  /** The Content-Length says so many bytes more than are sent, or, negative, fewer; the connection closes afterwards. */
  lengthOff?: number
  /** The connection breaks (a reset) after so many bytes of the body; 0 is before the first one. */
  cutAfter?: number
  /** Nothing more comes after so many bytes, and the connection stays open. */
  stallAfter?: number
  bytesPerSecond?: number
  /** The body never ends: the content over and over, without a length. */
  endless?: boolean
  /** The body comes with Content-Encoding gzip, asked for or not. */
  gzip?: boolean
  /** The whole content is sent even if a range is asked for, and Accept-Ranges is missing. */
  noRanges?: boolean
  /** If-Range is not understood: ranges of changed content are served. */
  ignoreIfRange?: boolean
  /** Neither ETag nor Last-Modified. */
  noValidators?: boolean
}

/** The faults of each path, in the order in which they apply. */
export class Faults {
  readonly #byPath = new Map<string, { fault: Fault; left: number }[]>()

  /** Adds a fault after those that the path has; `undefined` removes them all. */
  set(path: string, fault: Fault | undefined): void {
    if (!fault) this.#byPath.delete(path)
    else
      this.#byPath.set(path, [
        ...(this.#byPath.get(path) ?? []),
        { fault, left: fault.times ?? Number.POSITIVE_INFINITY },
      ])
  }

  /** The fault of the next request to the path; counts. */
  take(path: string): Fault {
    const entry = this.#byPath.get(path)?.find(({ left }) => left > 0)
    if (!entry) return {}
    entry.left -= 1
    return entry.fault
  }
}

/** A fault from a query such as `?cutAfter=1000&noRanges`. What it does not know it leaves out. */
export function faultFromQuery(query: URLSearchParams): Fault {
  const numbers = [
    'status',
    'retryAfter',
    'latencyMs',
    'lengthOff',
    'cutAfter',
    'stallAfter',
    'bytesPerSecond',
  ] as const
  const flags = ['directoryPage', 'noLength', 'endless', 'gzip', 'noRanges', 'ignoreIfRange', 'noValidators'] as const
  const fault: Fault = {}
  for (const name of numbers) if (query.has(name)) fault[name] = Number(query.get(name))
  for (const name of flags) if (query.has(name)) fault[name] = true
  const redirect = query.get('redirect')
  return redirect === null ? fault : { ...fault, redirect }
}

import { isNotFound } from './errors.ts'
import { apiVersionOf, type KubeList, type KubeObject, type ResourceType } from './resource.ts'
import { type KubeRequest, Transport, type TransportOptions } from './transport.ts'
import { type WatchEvent, type WatchOptions, watchEvents } from './watch.ts'

/** An object by name; `namespace` is left out, or empty, for resources without namespaces. */
export interface ObjectName {
  namespace?: string | undefined
  name: string
}

/** Fields that one manager applies: any part of the object, and always its name. */
export type Applied<O extends KubeObject> = Omit<PartOf<O>, 'metadata'> & {
  metadata: PartOf<O['metadata']> & { name: string }
}

type PartOf<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: PartOf<T[K]> | undefined } : T

/** What every call may be given. */
export interface CallOptions {
  signal?: AbortSignal | undefined
  /** Default: the client's `requestTimeoutMs`. */
  timeoutMs?: number
}

export interface ListOptions extends CallOptions {
  /** One namespace; all of them when left out. */
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  /** The most objects in one page. */
  limit?: number | undefined
  /** `metadata.continue` of the page before. */
  continue?: string | undefined
  resourceVersion?: string | undefined
  resourceVersionMatch?: 'NotOlderThan' | 'Exact' | undefined
}

export interface WriteOptions extends CallOptions {
  /** Who owns the written fields (shown in managedFields). */
  fieldManager?: string
  subresource?: 'status' | 'scale' | undefined
  /** Checks everything and stores nothing. */
  dryRun?: boolean
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string
  /** Takes fields that another manager owns. Without it such a field is a Conflict. */
  force?: boolean
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only this very object (Conflict otherwise). */
  uid?: string | undefined
  /** Deletes only this version (Conflict otherwise). */
  resourceVersion?: string | undefined
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/**
 * A client of the Kubernetes API: plain objects in and out, one keep-alive connection pool, errors as `KubeError`.
 * GETs that met a network error, requests answered 429 with Retry-After and the first 401 are sent again; nothing else.
 */
export class KubeClient {
  readonly #transport: Transport

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options)
  }

  /** The object, or undefined where the API server says that it is not there. */
  async get<O extends KubeObject>(
    type: ResourceType<O>,
    name: ObjectName,
    options: CallOptions = {},
  ): Promise<O | undefined> {
    try {
      return await this.request<O>({ method: 'GET', path: pathTo(type, name), ...options })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** One page; `metadata.continue` leads to the next. */
  async list<O extends KubeObject>(type: ResourceType<O>, options: ListOptions = {}): Promise<KubeList<O>> {
    const { namespace, signal, timeoutMs, ...query } = options
    const path = pathTo(type, { namespace })
    return await this.request({ method: 'GET', path, query, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  }

  /** Every page, object by object. Throws `KubeError` with code `Expired` when the pages take too long. */
  async *listAll<O extends KubeObject>(type: ResourceType<O>, options: ListOptions = {}): AsyncGenerator<O> {
    let next: string | undefined
    do {
      const page = await this.list(type, { limit: 500, ...options, continue: next })
      yield* page.items
      next = page.metadata.continue || undefined
    } while (next !== undefined)
  }

  /** Creates the object. KubeError `AlreadyExists` when the name is taken. */
  async create<O extends KubeObject>(type: ResourceType<O>, object: O, options: WriteOptions = {}): Promise<O> {
    const path = pathTo(type, { namespace: object.metadata.namespace })
    return await this.#write({ method: 'POST', path, body: typed(type, object) }, options)
  }

  /** Replaces the object. With `metadata.resourceVersion` it must not have changed meanwhile (Conflict). */
  async update<O extends KubeObject>(type: ResourceType<O>, object: O, options: WriteOptions = {}): Promise<O> {
    const path = pathTo(type, object.metadata, options.subresource)
    return await this.#write({ method: 'PUT', path, body: typed(type, object) }, options)
  }

  /**
   * Server-side apply: the given fields are ours now; fields that we applied before and no longer give are removed.
   * `metadata.uid` and `metadata.resourceVersion` are preconditions (Conflict). Creates the object where it is missing,
   * unless they are given or `subresource` is.
   */
  async apply<O extends KubeObject>(type: ResourceType<O>, object: Applied<O>, options: ApplyOptions): Promise<O> {
    const path = pathTo(type, object.metadata, options.subresource)
    const query = { force: options.force }
    const contentType = 'application/apply-patch+yaml'
    return await this.#write({ method: 'PATCH', path, query, contentType, body: typed(type, object) }, options)
  }

  /** JSON merge patch (RFC 7386): `null` removes a field. */
  async patch<O extends KubeObject>(
    type: ResourceType<O>,
    name: ObjectName,
    patch: object,
    options: WriteOptions = {},
  ): Promise<O> {
    const path = pathTo(type, name, options.subresource)
    return await this.#write(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: patch },
      options,
    )
  }

  /** Asks for deletion; finalizers may keep the object. False where it was not there. */
  async delete(type: ResourceType, name: ObjectName, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, resourceVersion, propagationPolicy, ...rest } = options
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion }
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy }
    try {
      await this.request({ method: 'DELETE', path: pathTo(type, name), body, ...rest })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  /** One watch stream until it ends; see `WatchOptions`. An ERROR event is thrown as `KubeError`. */
  watch<O extends KubeObject>(type: ResourceType<O>, options: WatchOptions): AsyncGenerator<WatchEvent<O>> {
    return watchEvents(this.#transport, pathTo(type, { namespace: options.namespace }), options)
  }

  /** Any other path of the API: reviews, `/version`, `/openapi/v3`. The answer must be JSON. */
  async request<T = unknown>(request: KubeRequest): Promise<T> {
    return await this.#transport.json<T>(request)
  }

  async #write<T>(request: KubeRequest, { signal, timeoutMs, fieldManager, dryRun }: WriteOptions): Promise<T> {
    const query = { ...request.query, fieldManager, dryRun: dryRun ? 'All' : undefined }
    return await this.request<T>({ ...request, query, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  }
}

/** The path of an object, or of a list when there is no name. */
export function pathTo(
  type: ResourceType,
  { namespace, name }: { namespace?: string | undefined; name?: string },
  subresource?: string,
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${type.plural}${object}${subresource ? `/${subresource}` : ''}`
}

function typed<T extends object>(type: ResourceType, object: T): T {
  return { apiVersion: apiVersionOf(type), kind: type.kind, ...object }
}

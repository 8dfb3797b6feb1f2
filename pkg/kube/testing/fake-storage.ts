import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../resource.ts'

/** A change of an object, as a watch tells it. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Where the object is: `/api/v1/namespaces/x/configmaps/y`. */
  path: string
  object: KubeObject
}

/** An error with the parts of a Status. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string, message: string) {
    super(message)
    this.code = code
    this.reason = reason
  }
}

interface Call {
  method: string
  path: string
  query: URLSearchParams
  body: KubeObject | undefined
}

/** Objects by path, one counter for versions, and the history that watches go on from. */
export class FakeStorage {
  readonly #objects = new Map<string, KubeObject>()
  readonly #subscribers = new Set<(change: Change) => void>()
  #history: Change[] = []
  #version = 1000
  #compactedTo = 0

  get version(): string {
    return String(this.#version)
  }

  subscribe(subscriber: (change: Change) => void): void {
    this.#subscribers.add(subscriber)
  }

  /** Forgets the history: watches can go on from the present version only. */
  compact(): void {
    // As in a cluster with any life in it: the present version is newer than the last one that anybody saw.
    this.#version += 1
    this.#compactedTo = this.#version
    this.#history = []
  }

  isCompacted(version: string): boolean {
    return Number(version) < this.#compactedTo
  }

  changesSince(version: string): Change[] {
    return this.#history.filter(({ object }) => Number(object.metadata.resourceVersion) > Number(version))
  }

  isUnder({ path }: { path: string }, list: string): boolean {
    const { root, namespace, plural } = parse(path)
    const wanted = parse(list)
    const sameNamespace = wanted.namespace === undefined || wanted.namespace === namespace
    return root === wanted.root && plural === wanted.plural && sameNamespace
  }

  objectsUnder(list: string): KubeObject[] {
    const found = [...this.#objects].filter(([path]) => this.isUnder({ path }, list))
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
  }

  handle({ method, path, query, body }: Call): { status: number; body: unknown } {
    const { name } = parse(path)
    if (method === 'GET' && name === undefined) return { status: 200, body: this.#list(path, query) }
    if (method === 'GET') return { status: 200, body: this.#existing(path) }
    if (method === 'POST') return { status: 201, body: this.#create(path, body as KubeObject) }
    if (method === 'PUT') return { status: 200, body: this.#replace(path, body as KubeObject) }
    if (method === 'PATCH')
      return { status: 200, body: this.#replace(path, merge(this.#existing(path), body) as KubeObject) }
    if (method === 'DELETE') return { status: 200, body: this.#delete(path, body) }
    throw new StatusError(405, 'MethodNotAllowed', method)
  }

  #list(path: string, query: URLSearchParams) {
    const all = this.objectsUnder(path)
    const from = Number(query.get('continue') ?? 0)
    const to = query.has('limit') ? from + Number(query.get('limit')) : all.length
    const more = to < all.length ? { continue: String(to) } : {}
    return { kind: 'List', metadata: { resourceVersion: this.version, ...more }, items: all.slice(from, to) }
  }

  #create(list: string, object: KubeObject): KubeObject {
    const path = `${list}/${object.metadata.name}`
    if (this.#objects.has(path)) throw new StatusError(409, 'AlreadyExists', `${object.metadata.name} already exists`)
    const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp: new Date().toISOString() }
    return this.#store('ADDED', path, { ...object, metadata: { ...metadata, managedFields: [{ manager: 'fake' }] } })
  }

  #replace(path: string, object: KubeObject): KubeObject {
    const before = this.#existing(path)
    this.#check(path, before, object.metadata)
    const { uid, creationTimestamp } = before.metadata
    const metadata = { ...object.metadata, ...(uid && { uid }), ...(creationTimestamp && { creationTimestamp }) }
    return this.#store('MODIFIED', path, { ...object, metadata })
  }

  #delete(path: string, options: unknown): KubeObject {
    const object = this.#existing(path)
    const { preconditions = {} } = (options ?? {}) as { preconditions?: { uid?: string; resourceVersion?: string } }
    this.#check(path, object, preconditions)
    this.#objects.delete(path)
    return this.#store('DELETED', path, object)
  }

  #check(path: string, object: KubeObject, wanted: { uid?: string; resourceVersion?: string }): void {
    const { uid, resourceVersion } = object.metadata
    const differs =
      (wanted.uid && wanted.uid !== uid) || (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion)
    if (differs) throw new StatusError(409, 'Conflict', `${path} has been modified`)
  }

  #existing(path: string): KubeObject {
    const object = this.#objects.get(path)
    if (object === undefined) throw new StatusError(404, 'NotFound', `${path} not found`)
    return object
  }

  #store(type: Change['type'], path: string, object: KubeObject): KubeObject {
    this.#version += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: this.version } }
    if (type !== 'DELETED') this.#objects.set(path, stored)
    const change = { type, path, object: stored }
    this.#history.push(change)
    for (const subscriber of this.#subscribers) subscriber(change)
    return stored
  }
}

/** `/api/v1/namespaces/x/configmaps/y` in its parts. */
function parse(path: string) {
  const match =
    /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/.exec(path)
  if (match === null) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  const [, root, namespace, plural, name] = match
  return { root, namespace, plural, name }
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(target as object) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

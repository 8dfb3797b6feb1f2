import { readFileSync } from 'node:fs'
import type { Kube } from '../lab/kube/kube.ts'

interface AuditEvent {
  verb: string
  user: { username: string }
  objectRef?: { resource: string; namespace?: string; name?: string; subresource?: string }
}

/** A write that reached the API server. */
export interface Write {
  /** `patch images/status`. */
  what: string
  /** `namespace/name`. */
  object: string
  isLease: boolean
}

/** What is written to the API server from now on, by others than itself. */
export class Audit {
  readonly #file: string
  readonly #from: number

  constructor(kube: Kube) {
    this.#file = kube.auditLog
    this.#from = readFileSync(this.#file).length
  }

  writes(): Write[] {
    const lines = readFileSync(this.#file).subarray(this.#from).toString().split('\n').slice(0, -1)
    const events = lines.map((line) => JSON.parse(line) as AuditEvent)
    return events.filter(({ user }) => user.username !== 'system:apiserver').map(writeOf)
  }
}

/** `100 × create images, …`. */
export function tallyWrites(writes: readonly Write[]): string {
  const counts = new Map<string, number>()
  for (const { what } of writes) counts.set(what, (counts.get(what) ?? 0) + 1)
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ') || 'none'
}

function writeOf({ verb, objectRef }: AuditEvent): Write {
  const { resource = '', subresource, namespace, name } = objectRef ?? {}
  const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`
  return { what, object: `${namespace}/${name}`, isLease: resource === 'leases' }
}

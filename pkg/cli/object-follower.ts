import { setTimeout as delay } from 'node:timers/promises'
import { KubeError } from '../kube/errors.ts'
import type { ResourceType } from '../kube/resource.ts'
import type { Cluster } from './cluster.ts'
import { nounOf } from './existing-object.ts'
import { CliError, EXIT } from './exit-code.ts'
import type { AnyObject } from './kinds.ts'
import { formatDuration } from './measures.ts'
import { verdictOf } from './readiness.ts'

export interface ObjectFollowerOptions<O extends AnyObject> {
  cluster: Cluster
  type: ResourceType<O>
  name: string
  /** Reasons that only repeat what this program shows anyway. */
  expected: readonly string[]
  /** Told once per change: why it is not ready yet. */
  note: (text: string) => void
  /** Gives up when the object did not change for so long; 0: never. */
  timeoutMs: number
  pollMs?: number
  now?: () => number
}

/** Looks at one object until it is as it should be. An API server that is away for a moment is waited for. */
export class ObjectFollower<O extends AnyObject> {
  readonly #options: Required<ObjectFollowerOptions<O>>
  readonly #what: string
  #told = ''

  constructor(options: ObjectFollowerOptions<O>) {
    this.#options = { pollMs: 1000, now: () => performance.now(), ...options }
    this.#what = `${nounOf(options.type)} ${options.name}`
  }

  /** Polls until `check` gives something. Throws where the object is gone, stalled, or does not change any more. */
  async until<T>(check: (object: O) => T | undefined | Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    const { now, timeoutMs, pollMs } = this.#options
    let version: string | undefined
    let changedAt = now()
    let pauseMs = Math.min(100, pollMs)
    for (;;) {
      const object = await this.#get(signal)
      if (object !== undefined) {
        const result = await check(object)
        if (result !== undefined) return result
        this.#judge(object)
        if (object.metadata.resourceVersion !== version) changedAt = now()
        version = object.metadata.resourceVersion
      }
      if (timeoutMs > 0 && now() - changedAt > timeoutMs) throw this.#tooLong(object)
      await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      pauseMs = Math.min(pollMs, pauseMs * 2)
      if (object === undefined) this.#tell(`the API server does not answer; ${this.#what} is looked at again`)
    }
  }

  /** The object; undefined while the API server cannot be asked. */
  async #get(signal: AbortSignal): Promise<O | undefined> {
    const { cluster, type, name } = this.#options
    try {
      const object = await cluster.client.get(type, { namespace: cluster.namespace, name }, { signal })
      if (object !== undefined && object.metadata.deletionTimestamp === undefined) return object
    } catch (error) {
      if (error instanceof KubeError && (error.class === 'Unavailable' || error.class === 'Throttled')) return undefined
      throw error
    }
    throw new CliError(`${this.#what} was deleted meanwhile`, EXIT.notFound)
  }

  #judge(object: O): void {
    const { stalled, reason, message } = verdictOf(object)
    if (stalled) throw new CliError(`${this.#what} is stalled: ${reason}: ${message}`)
    if (!this.#options.expected.includes(reason)) this.#tell(`waiting: ${reason}: ${message}`)
  }

  #tell(text: string): void {
    if (text !== this.#told) this.#options.note(text)
    this.#told = text
  }

  #tooLong(object: O | undefined): CliError {
    const { timeoutMs } = this.#options
    const within = `within ${formatDuration(timeoutMs / 1000)}`
    if (object === undefined) return new CliError(`the API server did not answer ${within}`)
    const { reason, message } = verdictOf(object)
    return reason === 'NotSeen'
      ? new CliError(
          `the operator did not look at ${this.#what} ${within}; is it running? (kubectl get pods -A -l app.kubernetes.io/name=auxo)`,
        )
      : new CliError(`${this.#what} did not change ${within}: ${reason}: ${message}`)
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { KubeError } from '../kube/errors.ts'
import type { Cluster } from './cluster.ts'
import { CliError, EXIT } from './exit-code.ts'
import { type Image, images } from './kinds.ts'
import { formatDuration } from './measures.ts'
import { verdictOf } from './readiness.ts'

export interface ImageFollowerOptions {
  cluster: Cluster
  name: string
  /** Told once per change: why it is not ready yet. */
  note: (text: string) => void
  /** Gives up when the object did not change for so long; 0: never. */
  timeoutMs: number
  pollMs?: number
  now?: () => number
}

/** Reasons that only repeat what this program shows anyway. */
const EXPECTED = new Set(['NotSeen', 'Outdated', 'Pending', 'Creating', 'AwaitingUpload', 'Transferring', 'Verifying'])

/** Looks at one Image until it is as it should be. An API server that is away for a moment is waited for. */
export class ImageFollower {
  readonly #options: Required<ImageFollowerOptions>
  #told = ''

  constructor(options: ImageFollowerOptions) {
    this.#options = { pollMs: 1000, now: () => performance.now(), ...options }
  }

  /** Polls until `check` gives something. Throws where the Image is gone, stalled, or does not change any more. */
  async until<T>(check: (image: Image) => T | undefined | Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    const { now, timeoutMs, pollMs, name } = this.#options
    let version: string | undefined
    let changedAt = now()
    let pauseMs = Math.min(100, pollMs)
    for (;;) {
      const image = await this.#get(signal)
      if (image !== undefined) {
        const result = await check(image)
        if (result !== undefined) return result
        this.#judge(image)
        if (image.metadata.resourceVersion !== version) changedAt = now()
        version = image.metadata.resourceVersion
      }
      if (timeoutMs > 0 && now() - changedAt > timeoutMs) throw this.#tooLong(image)
      await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      pauseMs = Math.min(pollMs, pauseMs * 2)
      if (image === undefined) this.#tell(`the API server does not answer; image ${name} is looked at again`)
    }
  }

  /** The Image; undefined while the API server cannot be asked. */
  async #get(signal: AbortSignal): Promise<Image | undefined> {
    const { cluster, name } = this.#options
    try {
      const image = await cluster.client.get(images, { namespace: cluster.namespace, name }, { signal })
      if (image !== undefined && image.metadata.deletionTimestamp === undefined) return image
    } catch (error) {
      if (error instanceof KubeError && (error.class === 'Unavailable' || error.class === 'Throttled')) return undefined
      throw error
    }
    throw new CliError(`image ${name} was deleted meanwhile`, EXIT.notFound)
  }

  #judge(image: Image): void {
    const { stalled, reason, message } = verdictOf(image)
    if (stalled) throw new CliError(`image ${image.metadata.name} is stalled: ${reason}: ${message}`)
    if (!EXPECTED.has(reason)) this.#tell(`waiting: ${reason}: ${message}`)
  }

  #tell(text: string): void {
    if (text !== this.#told) this.#options.note(text)
    this.#told = text
  }

  #tooLong(image: Image | undefined): CliError {
    const { name, timeoutMs } = this.#options
    const within = `within ${formatDuration(timeoutMs / 1000)}`
    if (image === undefined) return new CliError(`the API server did not answer ${within}`)
    const { reason, message } = verdictOf(image)
    return reason === 'NotSeen'
      ? new CliError(
          `the operator did not look at image ${name} ${within}; is it running? (kubectl get pods -A -l app.kubernetes.io/name=auxo)`,
        )
      : new CliError(`image ${name} did not change ${within}: ${reason}: ${message}`)
  }
}

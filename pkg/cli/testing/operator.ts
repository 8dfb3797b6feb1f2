import { setTimeout as delay } from 'node:timers/promises'
import type { ImageStatus } from '../../../api/v1alpha1/image.ts'
import { UPLOAD_TICKET_ANNOTATION } from '../../../api/v1alpha1/names.ts'
import type { KubeClient } from '../../kube/client.ts'
import { verifyTicket } from '../../transfer/ticket.ts'
import { type Image, images } from '../kinds.ts'
import { TusServer } from './tus-server.ts'

const NAMESPACE = 'desktops'
const ID = '0b54a1f6-7f1e-4c8e-9c55-3f6a4f0d5a10'

/** Plays the operator for one Image: offers a gateway, says that the image is ready when it has every byte. */
export class StubOperator {
  readonly tus: TusServer
  /** Says so instead of `AwaitingUpload` and `Available`. */
  stalled: { reason: string; message: string } | undefined
  /** Said of the content instead of the truth. */
  hashValue: string | undefined
  readonly #client: KubeClient
  readonly #name: string
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(client: KubeClient, name: string) {
    this.#client = client
    this.#name = name
    this.tus = new TusServer({ accepts: (ticket) => this.#accepts(ticket) })
  }

  async start(): Promise<void> {
    const url = await this.tus.start()
    this.#running = this.#run(url.href)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.tus.stop()
  }

  async #accepts(ticket: string): Promise<boolean> {
    const image = await this.#get()
    const annotation = image?.metadata.annotations?.[UPLOAD_TICKET_ANNOTATION]
    return verifyTicket(ticket, annotation, Date.now()).verdict === 'Valid'
  }

  async #get(): Promise<Image | undefined> {
    return await this.#client.get(images, { namespace: NAMESPACE, name: this.#name })
  }

  async #run(url: string): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const image = await this.#get()
      if (image !== undefined) await this.#report(image, url)
      await delay(20, undefined, { signal }).catch(() => undefined)
    }
  }

  async #report({ metadata }: Image, url: string): Promise<void> {
    const { namespace, name, generation } = metadata
    const state = this.#state(url)
    const status = { ...state, observedGeneration: generation } as ImageStatus
    const object = { metadata: { namespace: namespace ?? NAMESPACE, name }, status }
    await this.#client.apply(images, object, { fieldManager: 'stub', force: true, subresource: 'status' })
  }

  #state(url: string): ImageStatus {
    if (this.stalled !== undefined) {
      return { conditions: [condition('Ready', 'False', this.stalled), condition('Stalled', 'True', this.stalled)] }
    }
    if (!this.tus.complete) {
      const awaiting = { reason: 'AwaitingUpload', message: 'The bytes are awaited.' }
      const conditions = [condition('Ready', 'False', awaiting), condition('Reconciling', 'True', awaiting)]
      return { conditions, id: ID, upload: { url } }
    }
    const { content } = this.tus
    return {
      conditions: [condition('Ready', 'True', { reason: 'Available', message: 'It is there.' })],
      id: ID,
      origin: 'Created',
      sizeBytes: content.length,
      hashAlgorithm: 'sha512',
      hashValue: this.hashValue ?? this.tus.sha512,
    }
  }
}

function condition(type: string, status: 'True' | 'False', said: { reason: string; message: string }) {
  return { type, status, ...said, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

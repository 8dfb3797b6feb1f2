import type { Cloud, Desktop, DesktopTemplate, Image } from '../../api/v1alpha1/objects.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { cloudType, desktopTemplateType, desktopType, imageType } from './tenant-objects.ts'

/** A state that an object was in, as the API server told it. */
export type Seen = Recorded & { kind: string }
type Recorded = Image | Cloud | DesktopTemplate | Desktop

/** Writes down every state of every Image, Cloud, DesktopTemplate and Desktop. A watch that ends is taken up again from a new list. */
export class Recorder {
  readonly seen: Seen[] = []
  readonly #client: KubeClient
  readonly #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(client: KubeClient) {
    this.#client = client
  }

  start(): this {
    this.#running = Promise.all([
      ...[this.#follow<Image>(imageType), this.#follow<Cloud>(cloudType)],
      ...[this.#follow<DesktopTemplate>(desktopTemplateType), this.#follow<Desktop>(desktopType)],
    ])
    return this
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** States of the objects of a namespace. */
  of(namespace: string): Seen[] {
    return this.seen.filter(({ metadata }) => metadata.namespace === namespace)
  }

  async #follow<O extends Recorded>(type: ResourceType<O>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const { items, metadata } = await this.#client.list(type, { signal })
        for (const item of items) this.#saw(type.kind, item)
        const { resourceVersion } = metadata
        for await (const event of this.#client.watch(type, { resourceVersion, signal })) {
          if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#saw(type.kind, event.object)
        }
      } catch {
        // The API server is away: a test of that. What matters then is recorded when it is back.
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  #saw(kind: string, object: Recorded): void {
    this.seen.push({ apiVersion: 'vdi.auxo.dev/v1alpha1', ...object, kind })
  }
}

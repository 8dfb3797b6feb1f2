import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOUD, CLOUDS_SECRET_TYPE, IMAGE } from '../../api/v1alpha1/names.ts'
import type { Cloud, Image } from '../../api/v1alpha1/objects.ts'
import { KubeClient } from '../../pkg/kube/client.ts'
import { loadConnection } from '../../pkg/kube/connection.ts'
import { Informer } from '../../pkg/kube/informer.ts'
import { keyOf, type ResourceType } from '../../pkg/kube/resource.ts'
import { type Kube, startKube } from '../lab/kube/kube.ts'

export const imageType: ResourceType<Image> = IMAGE
const cloudType: ResourceType<Cloud> = CLOUD
const root = join(import.meta.dirname, '../..')

/** Kubernetes as an installation leaves it, and what a bench does in it. */
export class Cluster implements AsyncDisposable {
  readonly kube: Kube
  readonly client: KubeClient
  /** The images as this process sees them. */
  readonly images: Informer<Image>
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  private constructor(kube: Kube, client: KubeClient) {
    this.kube = kube
    this.client = client
    this.images = new Informer({ client, type: imageType })
    this.#running = this.images.run(this.#stop.signal)
  }

  static async start(signal: AbortSignal): Promise<Cluster> {
    const kube = await startKube({ signal })
    await kube.run(['create', 'namespace', 'auxo-system'])
    for (const folder of ['crds', 'config/rbac', 'config/policies']) {
      await kube.run(['apply', '--server-side', '-k', join(root, folder)])
    }
    await kube.run(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
    const client = new KubeClient({ connection: await loadConnection({ kubeconfig: kube.kubeconfig }) })
    const cluster = new Cluster(kube, client)
    await cluster.images.synced(signal)
    return cluster
  }

  /** A namespace with a Cloud called `cloud` and its Secret. */
  async connect(namespace: string, cloudsYaml: string, spec: Partial<Cloud['spec']> = {}): Promise<void> {
    await this.kube.run(['create', 'namespace', namespace])
    const secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cloud', namespace }, type: CLOUDS_SECRET_TYPE },
      stringData: { 'clouds.yaml': cloudsYaml },
    }
    await this.kube.run(['apply', '-f', '-'], JSON.stringify(secret))
    await this.client.create(cloudType, {
      metadata: { name: 'cloud', namespace },
      spec: { ownerID: 'bench', credentials: { secretRef: { name: 'cloud' }, cloudName: 'demo' }, ...spec },
    })
  }

  /** Resolves when the Cloud of a namespace is connected. */
  async connected(namespace: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const cloud = await this.client.get(cloudType, { namespace, name: 'cloud' }, { signal })
      if (cloud !== undefined && isReady(cloud)) return
      await sleep(50, undefined, { signal })
    }
  }

  /** Creates Images, sixteen at a time, as an impatient user would. */
  async create(images: readonly Image[]): Promise<void> {
    const left = [...images]
    const work = async () => {
      for (let image = left.shift(); image !== undefined; image = left.shift()) {
        await this.client.create(imageType, image)
      }
    }
    await Promise.all(Array.from({ length: 16 }, work))
  }

  /** Resolves when an Image is as wanted. */
  async until<T>(image: Image, probe: (image: Image) => T | undefined | false, signal: AbortSignal): Promise<T> {
    for (;;) {
      const seen = this.images.get(keyOf(image))
      const found = seen === undefined ? undefined : probe(seen)
      if (found !== undefined && found !== false) return found
      await sleep(10, undefined, { signal })
    }
  }

  /** Deletes Images; resolves when they are gone. */
  async remove(images: readonly Image[], signal: AbortSignal): Promise<void> {
    await Promise.all(images.map(({ metadata }) => this.client.delete(imageType, metadata)))
    while (images.some((image) => this.images.get(keyOf(image)) !== undefined)) {
      await sleep(20, undefined, { signal })
    }
  }

  /** Resolves when so many Images that the filter lets pass are ready; calls `each` with every one as it gets there. */
  async ready(
    count: number,
    signal: AbortSignal,
    filter: (image: Image) => boolean = () => true,
    each?: (image: Image) => void,
  ): Promise<void> {
    const done = new Set<string>()
    const all = Promise.withResolvers<void>()
    const look = (image: Image) => {
      const { uid = '' } = image.metadata
      if (done.has(uid) || !filter(image) || !isReady(image)) return
      done.add(uid)
      each?.(image)
      if (done.size >= count) all.resolve()
    }
    const end = this.images.subscribe(({ object }) => look(object))
    const abort = () => all.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      for (const image of this.images.list()) look(image)
      await all.promise
    } finally {
      end()
      signal.removeEventListener('abort', abort)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.kube.stop()
  }
}

/** An Image whose bytes the operator fetches from `url`. */
export function imageFrom(url: string, namespace: string, name: string): Image {
  return {
    metadata: { namespace, name },
    spec: { cloudRef: { name: 'cloud' }, source: { type: 'HTTP', http: { url } }, diskFormat: 'raw' },
  }
}

export function isReady({ status }: Image | Cloud): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

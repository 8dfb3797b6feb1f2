import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CLOUD,
  CLOUDS_SECRET_TYPE,
  DESKTOP,
  DESKTOP_RESIZE,
  DESKTOP_TEMPLATE,
  FLAVOR,
  IMAGE,
  KEY_PAIR,
  PROJECT_QUOTA,
} from '../../api/v1alpha1/names.ts'
import type {
  Cloud,
  Desktop,
  DesktopResize,
  DesktopTemplate,
  Flavor,
  Image,
  KeyPair,
  ProjectQuota,
} from '../../api/v1alpha1/objects.ts'
import { KubeClient } from '../../pkg/kube/client.ts'
import { loadConnection } from '../../pkg/kube/connection.ts'
import type { ResourceType } from '../../pkg/kube/resource.ts'
import { type Kube, startKube } from '../lab/kube/kube.ts'
import { ClusterObjects, isReady } from './cluster-objects.ts'

const imageType: ResourceType<Image> = IMAGE
const flavorType: ResourceType<Flavor> = FLAVOR
const keyPairType: ResourceType<KeyPair> = KEY_PAIR
const templateType: ResourceType<DesktopTemplate> = DESKTOP_TEMPLATE
const desktopType: ResourceType<Desktop> = DESKTOP
const resizeType: ResourceType<DesktopResize> = DESKTOP_RESIZE
const quotaType: ResourceType<ProjectQuota> = PROJECT_QUOTA
const cloudType: ResourceType<Cloud> = CLOUD
const root = join(import.meta.dirname, '../..')

/** Kubernetes as an installation leaves it, and what a bench does in it. */
export class Cluster implements AsyncDisposable {
  readonly kube: Kube
  readonly client: KubeClient
  readonly images: ClusterObjects<Image>
  readonly flavors: ClusterObjects<Flavor>
  readonly keyPairs: ClusterObjects<KeyPair>
  readonly templates: ClusterObjects<DesktopTemplate>
  readonly desktops: ClusterObjects<Desktop>
  readonly resizes: ClusterObjects<DesktopResize>
  readonly quotas: ClusterObjects<ProjectQuota>
  readonly #stop = new AbortController()
  readonly #running: Promise<unknown>

  private constructor(kube: Kube, client: KubeClient) {
    this.kube = kube
    this.client = client
    this.images = new ClusterObjects(client, imageType)
    this.flavors = new ClusterObjects(client, flavorType)
    this.keyPairs = new ClusterObjects(client, keyPairType)
    this.templates = new ClusterObjects(client, templateType)
    this.desktops = new ClusterObjects(client, desktopType)
    this.resizes = new ClusterObjects(client, resizeType)
    this.quotas = new ClusterObjects(client, quotaType)
    this.#running = Promise.all(this.#all.map((objects) => objects.run(this.#stop.signal)))
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
    await Promise.all(cluster.#all.map((objects) => objects.synced(signal)))
    return cluster
  }

  get #all() {
    return [
      ...[this.images, this.flavors, this.keyPairs, this.templates, this.desktops],
      ...[this.resizes, this.quotas],
    ]
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

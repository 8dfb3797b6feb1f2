import { createHash } from 'node:crypto'
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
  UPLOAD_TICKET_ANNOTATION,
} from '../../api/v1alpha1/names.ts'
import type {
  Cloud as CloudObject,
  Desktop,
  DesktopResize,
  DesktopTemplate,
  Flavor,
  Image,
  KeyPair,
  ProjectQuota,
} from '../../api/v1alpha1/objects.ts'
import type { Www } from '../../hack/lab/www/www.ts'
import { TusClient } from '../../pkg/cli/tus-client.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { type Secret, secretType } from '../../pkg/kube/core-types.ts'
import type { StatusObject } from '../../pkg/kube/kind.ts'
import type { Condition, ResourceType } from '../../pkg/kube/resource.ts'
import { makeTicket } from '../../pkg/transfer/ticket.ts'
import { KindObjects } from './kind-objects.ts'

export const cloudType: ResourceType<CloudObject> = CLOUD
export const imageType: ResourceType<Image> = IMAGE
export const desktopType: ResourceType<Desktop> = DESKTOP
export const desktopTemplateType: ResourceType<DesktopTemplate> = DESKTOP_TEMPLATE
export const flavorType: ResourceType<Flavor> = FLAVOR
export const keyPairType: ResourceType<KeyPair> = KEY_PAIR
export const desktopResizeType: ResourceType<DesktopResize> = DESKTOP_RESIZE
export const projectQuotaType: ResourceType<ProjectQuota> = PROJECT_QUOTA

export type Synchronize = NonNullable<CloudObject['spec']['synchronize']>['images']
type Spec = Partial<Image['spec']>

export interface TenantParts {
  client: KubeClient
  www: Www
  namespace: string
}

/** A user of the operator: a namespace with a Cloud called `vdi`, and what he does with Images, whatever cloud is behind it. */
export abstract class TenantObjects {
  readonly namespace: string
  readonly client: KubeClient
  readonly www: Www
  readonly clouds: KindObjects<CloudObject>
  readonly images: KindObjects<Image>
  readonly desktops: KindObjects<Desktop>
  readonly templates: KindObjects<DesktopTemplate>
  readonly flavors: KindObjects<Flavor>
  readonly keyPairs: KindObjects<KeyPair>
  readonly resizes: KindObjects<DesktopResize>
  readonly quotas: KindObjects<ProjectQuota>
  /** For how long something is waited for. */
  protected readonly patienceMs: number = 40_000

  constructor({ client, www, namespace }: TenantParts) {
    this.client = client
    this.www = www
    this.namespace = namespace
    const patienceMs = () => this.patienceMs
    this.clouds = new KindObjects(client, cloudType, namespace, patienceMs)
    this.images = new KindObjects(client, imageType, namespace, patienceMs)
    this.desktops = new KindObjects(client, desktopType, namespace, patienceMs)
    this.templates = new KindObjects(client, desktopTemplateType, namespace, patienceMs)
    this.flavors = new KindObjects(client, flavorType, namespace, patienceMs)
    this.keyPairs = new KindObjects(client, keyPairType, namespace, patienceMs)
    this.resizes = new KindObjects(client, desktopResizeType, namespace, patienceMs)
    this.quotas = new KindObjects(client, projectQuotaType, namespace, patienceMs)
  }

  /** Makes the Secret and the Cloud object. */
  async connect(synchronize?: Synchronize): Promise<void> {
    await this.applySecret()
    await this.applyCloud({ ...(synchronize ? { synchronize: { images: synchronize } } : {}) })
  }

  /** What the Secret holds unless a test says otherwise. */
  protected abstract cloudsYaml(): string

  async applySecret(cloudsYaml = this.cloudsYaml(), type: string = CLOUDS_SECRET_TYPE): Promise<void> {
    await this.applySecretOf('vdi-cloud', type, { 'clouds.yaml': cloudsYaml })
  }

  /** Server-side apply of any Secret. */
  async applySecretOf(name: string, type: string, values: Readonly<Record<string, string>>): Promise<void> {
    const encoded = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    const secret: Secret = { metadata: this.#named(name), type, data: Object.fromEntries(encoded) }
    await this.client.apply(secretType, secret, { fieldManager: 'test', force: true })
  }

  async deleteSecret(): Promise<void> {
    await this.client.delete(secretType, this.#named('vdi-cloud'))
  }

  /** Server-side apply of a Cloud; by default that of the namespace, with the user `demo`. */
  async applyCloud(spec: Partial<CloudObject['spec']> = {}, name = 'vdi'): Promise<CloudObject> {
    const whole = {
      ownerID: 'e2e',
      credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'demo' },
      ...spec,
    }
    return await this.clouds.apply(name, whole)
  }

  async deleteCloud(name = 'vdi'): Promise<void> {
    await this.clouds.delete(name)
  }

  /** Publishes bytes on the web server and returns their URL. */
  publish(name: string, bytes: Uint8Array): string {
    return this.www.put(`/${this.namespace}/${name}`, bytes)
  }

  /** Server-side apply of an Image; what an earlier call set and this one leaves out is removed. */
  async apply(name: string, spec: Spec, annotations?: Record<string, string>): Promise<Image> {
    const whole = { cloudRef: { name: 'vdi' }, ...spec } as Image['spec']
    return await this.images.apply(name, whole, annotations)
  }

  /** An Image of bytes behind a URL. */
  async applyHttp(
    name: string,
    url: string,
    { http = {}, ...spec }: Spec & { http?: object } = {},
    annotations?: Record<string, string>,
  ): Promise<Image> {
    const source = { type: 'HTTP' as const, http: { url, ...http } }
    return await this.apply(name, { source, diskFormat: 'raw', ...spec }, annotations)
  }

  async annotate(name: string, annotations: Record<string, string | null>): Promise<void> {
    await this.images.annotate(name, annotations)
  }

  async annotateCloud(annotations: Record<string, string | null>, name = 'vdi'): Promise<void> {
    await this.clouds.annotate(name, annotations)
  }

  async get(name: string): Promise<Image | undefined> {
    return await this.images.get(name)
  }

  /** The object, which is there. */
  async existing(name: string): Promise<Image> {
    const image = await this.get(name)
    if (image === undefined) throw new Error(`there is no Image ${name}`)
    return image
  }

  async list(): Promise<Image[]> {
    return await this.images.list()
  }

  async cloudObject(name = 'vdi'): Promise<CloudObject | undefined> {
    return await this.clouds.get(name)
  }

  async delete(name: string): Promise<void> {
    await this.images.delete(name)
  }

  async wipeStatus(name: string): Promise<void> {
    await this.images.wipeStatus(name)
  }

  async vanish(name: string): Promise<void> {
    await this.images.vanish(name)
  }

  async remove(name: string): Promise<void> {
    await this.images.remove(name)
  }

  async gone(name: string): Promise<void> {
    await this.images.gone(name)
  }

  async ready(name: string): Promise<Image> {
    return await this.images.ready(name)
  }

  async reason(name: string, reason: string): Promise<Condition> {
    return await this.images.reason(name, reason)
  }

  async when(name: string, probe: (image: Image) => boolean, what?: string): Promise<Image> {
    return await this.images.when(name, probe, what)
  }

  /** Waits until the Cloud's `Ready` has that reason. */
  async cloudReason(reason: string, name = 'vdi'): Promise<Condition> {
    return await this.clouds.reason(name, reason)
  }

  /** An upload client for an Image that awaits its bytes; `server` is another replica than the one that it names. */
  async uploader(name: string, server?: string): Promise<TusClient> {
    const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 600 })
    await this.annotate(name, { [UPLOAD_TICKET_ANNOTATION]: annotation })
    const image = await this.when(name, ({ status }) => status?.upload !== undefined, `${name} takes bytes`)
    const url = new URL(image.status?.upload?.url ?? '')
    return new TusClient({ url: server === undefined ? url : new URL(url.pathname, server), ticket })
  }

  #named(name: string): { namespace: string; name: string } {
    return { namespace: this.namespace, name }
  }
}

export function conditionOf(object: StatusObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type) as Condition | undefined
}

export const digest = (algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

export const sha256 = (bytes: Uint8Array): string => digest('sha256', bytes)

import { createHash } from 'node:crypto'
import { CLOUD, CLOUDS_SECRET_TYPE, IMAGE, UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { Cloud as CloudObject, Image } from '../../api/v1alpha1/objects.ts'
import type { Www } from '../../hack/lab/www/www.ts'
import { TusClient } from '../../pkg/cli/tus-client.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import { type Secret, secretType } from '../../pkg/kube/core-types.ts'
import type { Condition, ResourceType } from '../../pkg/kube/resource.ts'
import { makeTicket } from '../../pkg/transfer/ticket.ts'
import { eventually } from '../support/eventually.ts'

export const cloudType: ResourceType<CloudObject> = CLOUD
export const imageType: ResourceType<Image> = IMAGE

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
  /** For how long something is waited for. */
  protected readonly patienceMs: number = 40_000

  constructor({ client, www, namespace }: TenantParts) {
    this.client = client
    this.www = www
    this.namespace = namespace
  }

  /** Makes the Secret and the Cloud object. */
  async connect(synchronize?: Synchronize): Promise<void> {
    await this.applySecret()
    await this.applyCloud({ ...(synchronize ? { synchronize: { images: synchronize } } : {}) })
  }

  /** What the Secret holds unless a test says otherwise. */
  protected abstract cloudsYaml(): string

  async applySecret(cloudsYaml = this.cloudsYaml(), type: string = CLOUDS_SECRET_TYPE): Promise<void> {
    const data = { 'clouds.yaml': Buffer.from(cloudsYaml).toString('base64') }
    const secret: Secret = { metadata: this.#named('vdi-cloud'), type, data }
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
    const object = { metadata: this.#named(name), spec: whole }
    return await this.client.apply(cloudType, object, { fieldManager: 'test', force: true })
  }

  async deleteCloud(name = 'vdi'): Promise<void> {
    await this.client.delete(cloudType, this.#named(name))
  }

  /** Publishes bytes on the web server and returns their URL. */
  publish(name: string, bytes: Uint8Array): string {
    return this.www.put(`/${this.namespace}/${name}`, bytes)
  }

  /** Server-side apply of an Image; what an earlier call set and this one leaves out is removed. */
  async apply(name: string, spec: Spec, annotations?: Record<string, string>): Promise<Image> {
    const whole = { cloudRef: { name: 'vdi' }, ...spec } as Image['spec']
    const object = { metadata: { ...this.#named(name), ...(annotations && { annotations }) }, spec: whole }
    return await this.client.apply(imageType, object, { fieldManager: 'test', force: true })
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
    await this.client.patch(imageType, this.#named(name), { metadata: { annotations } })
  }

  async annotateCloud(annotations: Record<string, string | null>, name = 'vdi'): Promise<void> {
    await this.client.patch(cloudType, this.#named(name), { metadata: { annotations } })
  }

  async get(name: string): Promise<Image | undefined> {
    return await this.client.get(imageType, this.#named(name))
  }

  /** The object, which is there. */
  async existing(name: string): Promise<Image> {
    const image = await this.get(name)
    if (image === undefined) throw new Error(`there is no Image ${name}`)
    return image
  }

  async list(): Promise<Image[]> {
    return (await this.client.list(imageType, { namespace: this.namespace })).items
  }

  async cloudObject(name = 'vdi'): Promise<CloudObject | undefined> {
    return await this.client.get(cloudType, this.#named(name))
  }

  async delete(name: string): Promise<void> {
    await this.client.delete(imageType, this.#named(name))
  }

  /** Everything that the operator wrote down is lost, as after a restore of objects without status. */
  async wipeStatus(name: string): Promise<void> {
    await this.client.patch(imageType, this.#named(name), { status: null }, { subresource: 'status' })
  }

  /** The object is lost without a farewell, as a cluster is. */
  async vanish(name: string): Promise<void> {
    await this.client.patch(imageType, this.#named(name), { metadata: { finalizers: null } })
    await this.client.delete(imageType, this.#named(name))
  }

  /** Deletes it, and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.delete(name)
    await this.gone(name)
  }

  async gone(name: string): Promise<void> {
    await this.#until(
      `${name} is gone`,
      async () => (await this.get(name)) === undefined,
      () => this.get(name),
    )
  }

  /** Waits until the Image, as it is wanted now, is `Ready`. */
  async ready(name: string): Promise<Image> {
    return await this.when(name, (image) => {
      const condition = conditionOf(image, 'Ready')
      return condition?.status === 'True' && condition.observedGeneration === image.metadata.generation
    })
  }

  /** Waits until `Ready` has that reason for the Image as it is wanted now. Returns the condition. */
  async reason(name: string, reason: string): Promise<Condition> {
    const image = await this.when(
      name,
      (seen) => {
        const condition = conditionOf(seen, 'Ready')
        return condition?.reason === reason && condition.observedGeneration === seen.metadata.generation
      },
      `${name} has the reason ${reason}`,
    )
    return conditionOf(image, 'Ready') as Condition
  }

  async when(name: string, probe: (image: Image) => boolean, what = `${name} is as awaited`): Promise<Image> {
    return await this.#until(
      what,
      async () => {
        const image = await this.get(name)
        return image !== undefined && probe(image) ? image : undefined
      },
      () => this.get(name),
    )
  }

  /** Waits until the Cloud's `Ready` has that reason. */
  async cloudReason(reason: string, name = 'vdi'): Promise<Condition> {
    return await this.#until(
      `Cloud ${name} has the reason ${reason}`,
      async () => {
        const cloud = await this.cloudObject(name)
        const condition = cloud && conditionOf(cloud, 'Ready')
        const current = condition?.observedGeneration === cloud?.metadata.generation
        return current && condition?.reason === reason ? condition : undefined
      },
      () => this.cloudObject(name),
    )
  }

  /** An upload client for an Image that awaits its bytes; `server` is another replica than the one that it names. */
  async uploader(name: string, server?: string): Promise<TusClient> {
    const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 600 })
    await this.annotate(name, { [UPLOAD_TICKET_ANNOTATION]: annotation })
    const image = await this.when(name, ({ status }) => status?.upload !== undefined, `${name} takes bytes`)
    const url = new URL(image.status?.upload?.url ?? '')
    return new TusClient({ url: server === undefined ? url : new URL(url.pathname, server), ticket })
  }

  async #until<T>(what: string, probe: () => Promise<T>, last: () => Promise<object | undefined>) {
    try {
      return await eventually(what, probe, { timeoutMs: this.patienceMs })
    } catch (error) {
      // What it was instead is what whoever reads the failure wants to know.
      const seen = (await last()) as Image | undefined
      throw new Error(`${what}: ${JSON.stringify({ ...seen?.status, metadata: undefined }, null, 1)}`, { cause: error })
    }
  }

  #named(name: string): { namespace: string; name: string } {
    return { namespace: this.namespace, name }
  }
}

export function conditionOf(object: Image | CloudObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type) as Condition | undefined
}

export const digest = (algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

export const sha256 = (bytes: Uint8Array): string => digest('sha256', bytes)

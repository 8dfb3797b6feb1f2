import type { Cloud, Image } from '../../../api/v1alpha1/objects.ts'
import { keyOf } from '../../../pkg/kube/resource.ts'
import { type Ending, SmallLoop } from '../../../pkg/kube/testing/small-loop.ts'
import { CloudRegistry } from '../../../pkg/openstack/cloud-registry.ts'
import { OpenStackError } from '../../../pkg/openstack/errors.ts'
import type { GlanceImage } from '../../../pkg/openstack/glance-image.ts'
import type { ImageImport, NewImage } from '../../../pkg/openstack/image-service.ts'
import { readMark } from '../../../pkg/openstack/mark.ts'
import type { ImagePatchOperation } from '../../../pkg/openstack/patch.ts'
import type { TransferState } from '../../../pkg/transfer/transfer.ts'
import { ImageKind } from '../image-kind.ts'
import { importMethod } from '../import-method.ts'
import { ImageMemory } from '../memory.ts'
import type { Observed } from '../observed.ts'
import type { ImageStep } from '../steps.ts'
import { uncheckedKey } from '../unchecked.ts'

export const projectID = 'project-1'
export const rightHash = 'a'.repeat(128)

/** A Glance image with everything that a test does not care about. */
export function glanceImage(fields: Partial<GlanceImage> & { id: string }): GlanceImage {
  return {
    status: 'active',
    visibility: 'shared',
    protected: false,
    min_disk: 0,
    min_ram: 0,
    owner: projectID,
    tags: [],
    os_hidden: false,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    stores: [],
    properties: {},
    ...fields,
  }
}

/**
 * One Image object and a Glance, small enough for thousands of runs: the kind's real verbs, a cloud that keeps Glance's
 * rules (chosen ids, ids that stay taken, protection), and transfers that are over at once.
 */
export class World extends SmallLoop<Image, Observed, ImageStep> {
  readonly glance = new Map<string, GlanceImage>()
  /** Ids of deleted images, which Glance never gives again. */
  readonly usedUp = new Set<string>()
  /** Every id that was deleted here. */
  readonly deleted: string[] = []
  readonly transfers = new Map<string, TransferState>()
  /** What Glance answers to every POST, where it refuses them. */
  refusal: OpenStackError | undefined
  /** What the data hashes to that Glance imports. */
  imported = rightHash
  readonly #cloud: Cloud

  constructor(image: Image) {
    super(image)
    this.#cloud = {
      metadata: { name: 'vdi', namespace: image.metadata.namespace },
      spec: { ownerID: 'acme', credentials: { secretRef: { name: 's' }, cloudName: 'c' } },
    }
  }

  override crash(): void {
    super.crash()
    this.transfers.clear()
    this.#giveUpSaving()
  }

  /** Glance takes an image whose bytes broke off back to `queued`. */
  #giveUpSaving(): boolean {
    const saving = [...this.glance.values()].filter(
      ({ status, size }) => status === 'saving' || (status === 'uploading' && size === undefined),
    )
    for (const image of saving) this.glance.set(image.id, { ...image, status: 'queued' })
    return saving.length > 0
  }

  protected goesOn({ step, outcome }: Ending<Image, ImageStep>, last: string | undefined): boolean {
    if (this.#giveUpSaving()) return true
    const moving = ['StartTransfer', 'EndTransfer', 'StartImport', 'Discard'].includes(step.type)
    if (!moving && (outcome.type !== 'Waiting' || last === step.type)) return false
    if (step.type === 'StartTransfer') this.#finishTransfer(step.id)
    return true
  }

  #finishTransfer(id: string): void {
    const target = this.glance.get(id)
    const data = { size: 5, os_hash_algo: 'sha512', os_hash_value: rightHash }
    const record = { ...target?.properties, [uncheckedKey]: rightHash }
    if (target && importMethod(this.object) === 'glance-direct')
      this.glance.set(id, { ...target, status: 'uploading', size: 5, properties: record })
    else if (target) this.glance.set(id, { ...target, ...data, status: 'active' })
    const digests = { SHA512: rightHash }
    const done: TransferState = { state: 'Succeeded', bytes: 5, total: 5, written: 5, bytesPerSecond: 0, digests }
    this.transfers.set(keyOf(this.object), done)
  }

  protected makeKind(): ImageKind {
    const registry = new CloudRegistry()
    const key = `${this.object.metadata.namespace}/vdi`
    registry.connect(key, {
      ownerID: 'acme',
      projectID,
      images: this.#images(),
      imageInventory: this.#inventory(),
      health: { state: 'Ready', subscribe: () => () => undefined },
    } as unknown as Parameters<CloudRegistry['connect']>[1])
    const transfers = {
      get: (name: string) => this.transfers.get(name),
      start: () => undefined,
      stop: async (name: string) => void this.transfers.delete(name),
    }
    return new ImageKind({
      registry,
      transfers,
      memory: new ImageMemory(() => 0),
      jobs: { job: async () => ({}), finish: async () => undefined, forget: () => undefined },
      cloudOf: () => this.#cloud,
      holdersOf: () => [this.object],
      uploadOf: () => undefined,
      usersOf: () => [],
    } as unknown as ConstructorParameters<typeof ImageKind>[0])
  }

  #images() {
    return {
      get: async (id: string) => this.glance.get(id),
      create: async ({ id, properties, tags, ...fields }: NewImage) => {
        if (this.refusal) throw this.refusal
        if (this.glance.has(id) || this.usedUp.has(id)) {
          throw new OpenStackError('there is an image with that id', { class: 'Conflict', code: 'ImageExists' })
        }
        const made = glanceImage({
          ...fields,
          id,
          status: 'queued',
          tags: [...(tags ?? [])],
          properties: { ...properties },
        })
        this.glance.set(id, made)
        return made
      },
      update: async (id: string, patch: readonly ImagePatchOperation[]) => {
        const changed = applyPatch(this.glance.get(id) as GlanceImage, patch)
        this.glance.set(id, changed)
        return changed
      },
      remove: async (id: string) => {
        if (this.glance.get(id)?.protected) {
          throw new OpenStackError('the image is protected', { class: 'Refused', code: 'ImageProtected' })
        }
        this.glance.delete(id)
        this.usedUp.add(id)
        this.deleted.push(id)
        return 'Removed'
      },
      tasks: async () => [],
      importMethods: async () => ['web-download', 'glance-direct'],
      import: async (id: string, { method }: ImageImport) => {
        const image = this.glance.get(id) as GlanceImage
        if (image.status !== (method === 'web-download' ? 'queued' : 'uploading'))
          throw new OpenStackError(`the image is ${image.status}`, { class: 'Waiting', code: 'ImageBusy' })
        const data = { size: 5, os_hash_algo: 'sha512', os_hash_value: this.imported }
        this.glance.set(id, { ...image, ...data, status: 'active' })
      },
    }
  }

  #inventory() {
    return {
      synced: true,
      get: (id: string) => this.glance.get(id),
      all: () => [...this.glance.values()],
      byIndex: (index: string, value: string) =>
        [...this.glance.values()].filter((image) => (index === 'mark' ? readMark(image) : image.name) === value),
      observed: () => undefined,
      observedGone: () => undefined,
      hurry: () => undefined,
      rest: () => undefined,
      refresh: async () => undefined,
    }
  }
}

function applyPatch(image: GlanceImage, patch: readonly ImagePatchOperation[]): GlanceImage {
  const changed = { ...image, properties: { ...image.properties } } as GlanceImage & Record<string, unknown>
  for (const { op, path, value } of patch) {
    const key = path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
    const isField = ['name', 'visibility', 'protected', 'min_disk', 'min_ram', 'os_hidden', 'tags'].includes(key)
    if (isField) (changed as Record<string, unknown>)[key] = value
    else if (op === 'remove') delete changed.properties[key]
    else changed.properties[key] = String(value)
  }
  return changed
}

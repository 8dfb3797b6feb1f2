import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../contract/target.ts'
import { TenantObjects, type TenantParts } from '../e2e/tenant-objects.ts'

/** An image as Glance's API gives it: properties beside the fields. */
export interface GlanceView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly tags: string[]
  readonly [field: string]: unknown
}

/** A tenant of a real cloud, with the eyes and hands of its user in Glance. */
export class RealTenant extends TenantObjects {
  readonly glance: Client
  protected override readonly patienceMs = 90_000
  readonly #yaml: string
  readonly #store: string

  constructor({ yaml, glance, store, ...parts }: TenantParts & { yaml: string; glance: Client; store: string }) {
    super(parts)
    this.#yaml = yaml
    this.glance = glance
    this.#store = store
  }

  protected cloudsYaml(): string {
    return this.#yaml
  }

  /** Images in Glance, also hidden ones, that carry the mark of this object. */
  async imagesOf(name: string): Promise<GlanceView[]> {
    const mark = `e2e/${this.namespace}/${name}@`
    const lists = await Promise.all(
      [false, true].map((hidden) => this.glance.get(`/v2/images?limit=1000&os_hidden=${hidden}`)),
    )
    const all = lists.flatMap(({ json }) => json.images as GlanceView[])
    return all.filter((image) => `${image['auxo_mark'] ?? ''}`.startsWith(mark))
  }

  /** The one image that this object made; fails if there are several, or none. */
  async theImage(name: string): Promise<GlanceView> {
    const images = await this.imagesOf(name)
    if (images.length !== 1) throw new Error(`${images.length} images in the cloud for ${name}`)
    return images[0] as GlanceView
  }

  /** Makes an active image by hand, as somebody else would. */
  async makeImage(fields: Record<string, unknown>, bytes: Uint8Array<ArrayBuffer> = Buffer.from('other')) {
    const made = await this.glance.post('/v2/images', { disk_format: 'raw', container_format: 'bare', ...fields })
    if (made.status !== 201) throw new Error(`Glance refuses an image: ${made.text}`)
    const headers = { 'content-type': 'application/octet-stream' }
    await this.glance.put(`/v2/images/${made.json.id}/file`, { headers, body: bytes })
    return made.json as GlanceView
  }

  /** Changes an image by hand. */
  async patchImage(id: string, patch: readonly { op: string; path: string; value?: unknown }[]): Promise<void> {
    const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' }
    const answer = await this.glance.request('PATCH', `/v2/images/${id}`, { headers, body: JSON.stringify(patch) })
    if (answer.status !== 200) throw new Error(`Glance refuses a change: ${answer.text}`)
  }

  async imageStatus(id: string): Promise<string | undefined> {
    const answer = await this.glance.get(`/v2/images/${id}`)
    return answer.status === 404 ? undefined : (answer.json.status as string)
  }

  /** SHA-256 of what Glance gives back for an image. */
  async downloaded(id: string): Promise<string> {
    const response = await fetch(`${this.glance.endpoint}/v2/images/${id}/file`, { headers: this.glance.headers })
    if (response.status !== 200) throw new Error(`Glance answers ${response.status} to a download`)
    const hash = createHash('sha256')
    for await (const chunk of response.body ?? []) hash.update(chunk)
    return hash.digest('hex')
  }

  /** SHA-256 of the file in Glance's store that has the image's id as its name; undefined where there is none. */
  stored(id: string): string | undefined {
    if (!readdirSync(this.#store).includes(id)) return undefined
    return createHash('sha256')
      .update(readFileSync(join(this.#store, id)))
      .digest('hex')
  }

  /** Has Glance looked at now, not at the next interval. */
  async refresh(name: string): Promise<void> {
    await this.annotate(name, { 'vdi.auxo.dev/refresh': `${performance.now()}` })
  }
}

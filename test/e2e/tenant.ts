import type { Cloud, StoredImage } from '../cloud/cloud.ts'
import { type Synchronize, TenantObjects, type TenantParts } from './tenant-objects.ts'

export { cloudType, conditionOf, digest, imageType, sha256 } from './tenant-objects.ts'

export interface TenantOptions {
  /** Default: one of its own. */
  cloud?: Cloud
  /** False: without Secret and Cloud object. */
  connected?: boolean
  synchronize?: Synchronize
}

/** A tenant of an in-memory cloud, into which a test can look. */
export class Tenant extends TenantObjects {
  readonly cloud: Cloud

  constructor({ cloud, ...parts }: TenantParts & { cloud: Cloud }) {
    super(parts)
    this.cloud = cloud
  }

  protected cloudsYaml(): string {
    return this.cloud.cloudsYaml()
  }

  /** Images in the cloud that carry the mark of this object, or its name. */
  inCloud(name: string): StoredImage[] {
    const mark = `e2e/${this.namespace}/${name}@`
    return [...this.cloud.images.all()].filter(
      (image) => image.properties['auxo_mark']?.startsWith(mark) || image.name === name,
    )
  }

  /** The one image in the cloud that this object made; fails if there are several, or none. */
  theImage(name: string): StoredImage {
    const images = this.inCloud(name)
    if (images.length !== 1) throw new Error(`${images.length} images in the cloud for ${name}`)
    return images[0] as StoredImage
  }

  /** Requests that would change something in the cloud's Glance. */
  writes(): number {
    return this.cloud.requests.all({ service: 'image' }).filter(({ method }) => method !== 'GET').length
  }
}

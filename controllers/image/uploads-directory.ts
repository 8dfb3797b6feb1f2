import { UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { KubeClient } from '../../pkg/kube/client.ts'
import type { Informer } from '../../pkg/kube/informer.ts'
import type { NotReady, UploadDirectory, UploadTarget } from '../../pkg/transfer/upload-directory.ts'
import type { Uploads } from '../../pkg/transfer/uploads.ts'
import { imageType } from './image-kind.ts'

/** Images as the upload gateway sees them. */
export class ImageUploads implements UploadDirectory {
  readonly #client: KubeClient
  readonly #images: Informer<Image>
  readonly #uploads: Uploads

  constructor(client: KubeClient, images: Informer<Image>, uploads: Uploads) {
    this.#client = client
    this.#images = images
    this.#uploads = uploads
  }

  async find(namespace: string, name: string, { fresh }: { fresh: boolean }): Promise<UploadTarget | undefined> {
    const image = fresh
      ? await this.#client.get(imageType, { namespace, name })
      : this.#images.get(`${namespace}/${name}`)
    if (image === undefined) return undefined
    const ticket = image.metadata.annotations?.[UPLOAD_TICKET_ANNOTATION]
    return { ticket, session: await this.#session(image) }
  }

  async #session({ metadata, spec, status }: Image): Promise<UploadTarget['session']> {
    if (spec.source.type !== 'Upload') {
      return refuse(404, 'NotAnUpload', `the source of Image "${metadata.name}" is ${spec.source.type}, not Upload`)
    }
    if (metadata.deletionTimestamp !== undefined) return refuse(404, 'Deleting', 'the Image is being deleted')
    if (status?.state === 'active' || status?.state === 'deactivated') {
      return refuse(409, 'Complete', 'the image is complete in Glance')
    }
    const session = await this.#uploads.get(metadata.uid ?? '')
    if (session !== undefined) return session
    const why = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? 'it was not looked at yet'
    return { ...refuse(423, 'NotReady', `the Image takes no bytes yet: ${why}`), retryAfterSeconds: 1 }
  }
}

function refuse(status: NotReady['status'], reason: string, message: string): NotReady {
  return { status, reason, message }
}

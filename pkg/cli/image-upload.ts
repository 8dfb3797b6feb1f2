import { createHash } from 'node:crypto'
import { chooseCloud } from './cloud-choice.ts'
import type { Cluster } from './cluster.ts'
import { CliError } from './exit-code.ts'
import { FIELD_MANAGER } from './field-manager.ts'
import type { ImageFormat } from './file-format.ts'
import { ImageGateway, issueTicket, newTicket } from './image-gateway.ts'
import { type ImageWishes, imageManifest, UPLOAD_MANAGER } from './image-manifest.ts'
import { type Image, images } from './kinds.ts'
import type { LocalFile } from './local-file.ts'
import { ObjectFollower } from './object-follower.ts'
import type { ProgressLine } from './progress-line.ts'
import { verdictOf } from './readiness.ts'
import { ResumableUpload } from './resumable-upload.ts'
import { decideUpload } from './upload-decision.ts'

export interface ImageUploadOptions extends Omit<ImageWishes, 'namespace' | 'cloud' | 'size' | 'format'> {
  cloud?: string | undefined
  format: ImageFormat
  disabled: boolean
  uploadUrl?: URL | undefined
  insecureSkipTlsVerify: boolean
  wait: boolean
  timeoutMs: number
}

/** What came of an upload. */
export interface ImageUploadResult {
  image: Image
  outcome: 'AlreadyThere' | 'Sent' | 'Ready'
}

/** Reasons that the progress shows anyway. */
const EXPECTED = ['NotSeen', 'Outdated', 'Pending', 'Creating', 'AwaitingUpload', 'Transferring', 'Verifying']

/** `image upload`: from a file to an active image, from wherever an earlier run got to. */
export class ImageUpload {
  readonly #cluster: Cluster
  readonly #file: LocalFile
  readonly #options: ImageUploadOptions
  readonly #progress: ProgressLine
  readonly #follower: ObjectFollower<Image>

  constructor(cluster: Cluster, file: LocalFile, options: ImageUploadOptions, progress: ProgressLine) {
    this.#cluster = cluster
    this.#file = file
    this.#options = options
    this.#progress = progress
    const { name, timeoutMs } = options
    const note = (text: string) => progress.note(text)
    this.#follower = new ObjectFollower({ cluster, type: images, name, expected: EXPECTED, timeoutMs, note })
  }

  async run(signal: AbortSignal): Promise<ImageUploadResult> {
    const { client, namespace } = this.#cluster
    const { name, format, cloud } = this.#options
    const found = await client.get(images, { namespace, name }, { signal })
    const decision = decideUpload(found, { name, format, cloud, size: this.#file.size })
    if (decision.step === 'Done') return { image: decision.image, outcome: 'AlreadyThere' }
    const ticket = newTicket(Date.now())
    if (decision.step === 'Create') await this.#create(ticket.annotation, signal)
    else await issueTicket(this.#cluster, name, ticket.annotation, signal)
    if (this.#options.disabled) await this.#disable(signal)
    const gateway = new ImageGateway({
      cluster: this.#cluster,
      follower: this.#follower,
      name,
      ticket,
      urlOverride: this.#options.uploadUrl,
      insecureSkipTlsVerify: this.#options.insecureSkipTlsVerify,
      signal,
    })
    try {
      return await this.#sendUntilReady(gateway, signal)
    } finally {
      await gateway.close()
    }
  }

  async #create(ticketAnnotation: string, signal: AbortSignal): Promise<void> {
    const { namespace } = this.#cluster
    const cloud = await chooseCloud(this.#cluster, this.#options.cloud, signal)
    const manifest = imageManifest({ ...this.#options, namespace, cloud, size: this.#file.size }, ticketAnnotation)
    await this.#cluster.client.apply(images, manifest, { fieldManager: UPLOAD_MANAGER, signal })
    this.#progress.note(`image ${this.#options.name} created in cloud ${cloud} (${this.#options.format})`)
  }

  async #disable(signal: AbortSignal): Promise<void> {
    const metadata = { namespace: this.#cluster.namespace, name: this.#options.name }
    await this.#cluster.client.apply(
      images,
      { metadata, spec: { enablement: 'Disabled' } },
      { fieldManager: FIELD_MANAGER, signal },
    )
  }

  async #sendUntilReady(gateway: ImageGateway, signal: AbortSignal): Promise<ImageUploadResult> {
    const progress = this.#progress
    const upload = new ResumableUpload({ content: this.#file, gateway, observer: observerOf(progress) })
    progress.start()
    try {
      await upload.run(signal)
      if (!this.#options.wait) return { image: await this.#follower.until((image) => image, signal), outcome: 'Sent' }
      return { image: await this.#ready(upload, signal), outcome: 'Ready' }
    } finally {
      progress.stop()
    }
  }

  /** Waits for the cloud to have it all; sends again what it lost. */
  async #ready(upload: ResumableUpload, signal: AbortSignal): Promise<Image> {
    this.#progress.note('all bytes are sent; waiting until the image is ready')
    this.#progress.relabel(`${this.#options.name} in the cloud`)
    let polls = 0
    const image = await this.#follower.until(async (seen) => {
      const { bytes, bytesPerSecond } = seen.status?.progress ?? {}
      if (bytes !== undefined) this.#progress.update(bytes, bytesPerSecond)
      if (verdictOf(seen).ready) return seen
      // A status that still awaits bytes after they were sent is old, or the bytes were lost: the gateway knows.
      if (verdictOf(seen).reason === 'AwaitingUpload' && ++polls % 5 === 0) await upload.run(signal)
      return undefined
    }, signal)
    await this.#assertSame(image, signal)
    this.#progress.update(this.#file.size)
    return image
  }

  /** What Glance has must be what the file is, though it came in pieces and perhaps from several runs. */
  async #assertSame(image: Image, signal: AbortSignal): Promise<void> {
    const { hashAlgorithm, hashValue } = image.status ?? {}
    if (hashAlgorithm !== 'sha512' || hashValue === undefined) return
    this.#progress.note('comparing the SHA-512 of the file with the cloud’s')
    const hash = createHash('sha512')
    for await (const chunk of this.#file.read(0, this.#file.size)) {
      signal.throwIfAborted()
      hash.update(chunk)
    }
    const digest = hash.digest('hex')
    if (digest === hashValue) return
    const { name } = this.#options
    throw new CliError(
      `image ${name} is not what ${this.#file.path} is now: its SHA-512 is ${hashValue}, the file’s ${digest}; ` +
        `if the file changed between two runs, delete the image (kubectl delete image ${name}) and upload it again`,
    )
  }
}

function observerOf(progress: ProgressLine) {
  return {
    progress: (bytes: number) => progress.update(bytes),
    note: (text: string) => progress.note(text),
  }
}

import { UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import { KubeError } from '../kube/errors.ts'
import { makeTicket, type Ticket } from '../transfer/ticket.ts'
import type { Cluster } from './cluster.ts'
import { CliError, EXIT } from './exit-code.ts'
import { UPLOAD_MANAGER } from './image-manifest.ts'
import { type Image, images } from './kinds.ts'
import type { ObjectFollower } from './object-follower.ts'
import { verdictOf } from './readiness.ts'
import type { Gateway } from './resumable-upload.ts'
import { TusClient } from './tus-client.ts'

const TICKET_SECONDS = 24 * 3600

/** A ticket as `image upload` makes it. */
export function newTicket(now: number): Ticket {
  return makeTicket({ now, lifetimeSeconds: TICKET_SECONDS })
}

export interface ImageGatewayOptions {
  cluster: Cluster
  name: string
  follower: ObjectFollower<Image>
  /** The ticket whose hash is on the Image. */
  ticket: Ticket
  /** Instead of `status.upload.url`. */
  urlOverride?: URL | undefined
  insecureSkipTlsVerify?: boolean | undefined
  signal: AbortSignal
}

/** The upload gateway as the Image's status says it. */
export class ImageGateway implements Gateway {
  readonly #options: ImageGatewayOptions
  #ticket: string
  #current: { key: string; client: TusClient } | undefined

  constructor(options: ImageGatewayOptions) {
    this.#options = options
    this.#ticket = options.ticket.ticket
  }

  async connect(): Promise<TusClient | 'Complete'> {
    const { urlOverride, follower, insecureSkipTlsVerify, signal } = this.#options
    const place = await follower.until((image) => {
      if (verdictOf(image).ready) return 'Complete'
      const upload = image.status?.upload
      return urlOverride === undefined ? upload : { url: urlOverride.href, caBundle: upload?.caBundle }
    }, signal)
    if (place === 'Complete') return place
    const { url, caBundle } = place
    const key = [url, caBundle, this.#ticket].join('\n')
    if (this.#current?.key !== key) {
      await this.close()
      const client = new TusClient({ url: safeUrl(url), ticket: this.#ticket, ca: caBundle, insecureSkipTlsVerify })
      this.#current = { key, client }
    }
    return this.#current.client
  }

  async renewTicket(): Promise<void> {
    const { ticket, annotation } = newTicket(Date.now())
    await issueTicket(this.#options.cluster, this.#options.name, annotation, this.#options.signal)
    this.#ticket = ticket
  }

  async close(): Promise<void> {
    await this.#current?.client.close()
    this.#current = undefined
  }
}

/** Puts a ticket's hash on an Image that exists. The ticket before it is good for nothing from then on. */
export async function issueTicket(cluster: Cluster, name: string, annotation: string, signal: AbortSignal) {
  const { client, namespace } = cluster
  const patch = { metadata: { annotations: { [UPLOAD_TICKET_ANNOTATION]: annotation } } }
  try {
    await client.patch(images, { namespace, name }, patch, { fieldManager: UPLOAD_MANAGER, signal })
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 404) throw error
    throw new CliError(`image ${name} was deleted meanwhile`, EXIT.notFound, { cause: error })
  }
}

/** The ticket travels in a header: in the clear only within this machine. */
export function safeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new CliError(`the upload address ${JSON.stringify(text)} is no http(s) URL`)
  }
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return url
  throw new CliError(
    `the upload address ${url.origin} has no TLS, and the ticket would travel in the clear; give the operator a certificate for uploads`,
  )
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

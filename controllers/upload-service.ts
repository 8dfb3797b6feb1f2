import { existsSync, readFileSync } from 'node:fs'
import { Agent } from 'undici'
import type { Image } from '../api/v1alpha1/objects.ts'
import type { Logger } from '../pkg/kube/log.ts'
import type { Shards } from '../pkg/kube/shards.ts'
import type { UploadDirectory } from '../pkg/transfer/upload-directory.ts'
import { UploadForwarder } from '../pkg/transfer/upload-forwarder.ts'
import { UploadGateway } from '../pkg/transfer/upload-gateway.ts'
import { UploadServer } from '../pkg/transfer/upload-server.ts'
import type { OperatorOptions } from './options.ts'

/** The address where clients send bytes. */
export interface UploadService {
  /** Where it listens. */
  address: string
  /** Where the bytes of an Image go, and what proves the address. */
  urlOf(image: Image): { url: string; caBundle?: string | undefined }
  close(): Promise<void>
}

interface Parts {
  directory: UploadDirectory
  shards: Pick<Shards, 'owns' | 'addressOf'>
  logger: Logger
}

/** Starts it where a certificate is configured, or on loopback; otherwise the operator takes no uploads and says so. */
export async function startUploadService(options: OperatorOptions, parts: Parts): Promise<UploadService | undefined> {
  const { uploadTlsCert, uploadTlsKey, uploadAddress, uploadCa } = options
  const present = uploadTlsCert !== undefined && uploadTlsKey !== undefined && existsSync(uploadTlsCert)
  const tls = present ? { certFile: uploadTlsCert, keyFile: uploadTlsKey } : undefined
  const { logger } = parts
  if (tls === undefined && !/^(127\.|localhost$|::1$)/.test(uploadAddress.host)) {
    logger.warn({}, 'no uploads: set --upload-tls-cert and --upload-tls-key to existing files')
    return undefined
  }
  const caBundle = uploadCa === undefined ? undefined : readFileSync(uploadCa, 'utf8')
  const gateway = new UploadGateway({
    directory: parts.directory,
    owner: { locate: (namespace) => locate(parts.shards, namespace) },
    forwarder: forwarderTo(options, caBundle),
    onError: (error) => logger.error({ err: error }, 'the upload gateway failed'),
  })
  const onError = (error: Error) => logger.warn({ err: error }, 'the new certificate cannot be used')
  const server = await UploadServer.listen({ gateway, ...uploadAddress, tls, onError })
  const base = options.uploadUrl ?? server.url
  return {
    address: server.url,
    urlOf: ({ metadata }) => ({ url: `${base}/uploads/${metadata.namespace}/${metadata.name}`, caBundle }),
    close: () => server.close(),
  }
}

function locate(shards: Parts['shards'], namespace: string): 'local' | { url: string } | undefined {
  if (shards.owns(namespace)) return 'local'
  const url = shards.addressOf(namespace)
  return url === undefined ? undefined : { url }
}

/** Replicas are reached by address, but their certificate is for the name that clients use. */
function forwarderTo({ uploadUrl }: OperatorOptions, ca: string | undefined): UploadForwarder {
  const servername = uploadUrl === undefined ? undefined : new URL(uploadUrl).hostname
  const connect = { timeout: 5_000, ...(servername ? { servername } : {}), ...(ca === undefined ? {} : { ca }) }
  return new UploadForwarder({ dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0, connect }) })
}

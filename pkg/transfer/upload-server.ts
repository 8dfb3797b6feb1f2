import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, BlockList, isIP } from 'node:net'
import { Failure } from '../failure/failure.ts'
import type { UploadGateway } from './upload-gateway.ts'

export interface UploadServerOptions {
  gateway: Pick<UploadGateway, 'handle'>
  /** Address to listen on. */
  host: string
  /** 0 for any free one. */
  port: number
  /** PEM files, read again when they change (cert-manager renews them in place). Required off loopback. */
  tls?: { certFile: string; keyFile: string } | undefined
  /** How often the files are looked at, in milliseconds. Default 30,000. */
  reloadMs?: number
  /** Told when changed files cannot be used; the old certificate stays. */
  onError?: (error: Error) => void
}

/** Uploads take as long as they take; dead clients are found by TCP. */
const SERVER_OPTIONS: ServerOptions = {
  requestTimeout: 0,
  headersTimeout: 60_000,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
}

/** The gateway's listener: HTTPS, or plain HTTP on loopback. */
export class UploadServer {
  readonly #server: HttpServer | HttpsServer
  readonly #scheme: 'http' | 'https'
  readonly #requests = new Set<Promise<void>>()
  readonly #stopped = new AbortController()

  private constructor({ gateway }: UploadServerOptions, credentials: Credentials | undefined) {
    this.#scheme = credentials === undefined ? 'http' : 'https'
    this.#server =
      credentials === undefined
        ? createHttpServer(SERVER_OPTIONS)
        : createHttpsServer({ ...SERVER_OPTIONS, ...credentials })
    this.#server.on('request', (request, response) => {
      const handled = gateway.handle(request, response)
      this.#requests.add(handled)
      void handled.finally(() => this.#requests.delete(handled))
    })
  }

  /** Listens. Throws `InvalidSpec` where TLS is missing or its files cannot be used. */
  static async listen(options: UploadServerOptions): Promise<UploadServer> {
    const { host, port, tls } = options
    if (tls === undefined && !isLoopback(host)) {
      throw invalid(`uploads on ${host} need TLS: give certificate and key, or listen on 127.0.0.1`, 'TLSRequired')
    }
    const credentials = tls === undefined ? undefined : await readCredentials(tls)
    const server = new UploadServer(options, credentials)
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(port, host, resolve)
    })
    if (credentials !== undefined) server.#reload(options, credentials)
    return server
  }

  /** Where it listens: `https://10.0.0.5:8443`. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `${this.#scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Ends all connections; what clients sent so far counts. */
  async close(): Promise<void> {
    this.#stopped.abort()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await Promise.all([closed, ...this.#requests])
  }

  #reload({ tls, reloadMs = 30_000, onError }: UploadServerOptions, first: Credentials): void {
    let current = first
    const timer = setInterval(async () => {
      try {
        if (tls === undefined) return
        const next = await readCredentials(tls)
        if (next.cert.equals(current.cert) && next.key.equals(current.key)) return
        ;(this.#server as HttpsServer).setSecureContext(next)
        current = next
      } catch (error) {
        onError?.(error as Error)
      }
    }, reloadMs).unref()
    this.#stopped.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }
}

interface Credentials {
  cert: Buffer
  key: Buffer
}

async function readCredentials({ certFile, keyFile }: { certFile: string; keyFile: string }): Promise<Credentials> {
  try {
    return { cert: await readFile(certFile), key: await readFile(keyFile) }
  } catch (error) {
    throw invalid(`the TLS files for uploads cannot be read: ${(error as Error).message}`, 'TLSFilesUnreadable')
  }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const version = isIP(host)
  return version !== 0 && LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

function invalid(message: string, code: string): Failure {
  return new Failure(message, { class: 'InvalidSpec', code })
}

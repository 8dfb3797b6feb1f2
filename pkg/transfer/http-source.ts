import { rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, request } from 'undici'
import type { AddressPolicy } from '../net/address-policy.ts'
import { connectionFailure, statusFailure } from './http-failures.ts'
import { endedAt, sourceChanged } from './resumed.ts'
import type { ByteStream, OpenedSource, OpenOptions, Source } from './source.ts'
import type { Decompress } from './transfer.ts'
import { TransferError } from './transfer-error.ts'

const REDIRECTS = 5

export interface HttpSourceOptions {
  /** `http:` or `https:`; credentials in it are refused. */
  url: string
  /** Judges each address that is connected to, those of redirects too. */
  policy: AddressPolicy
  /** Sent to the URL's own origin only: `{authorization: 'Bearer …'}`. */
  headers?: Record<string, string> | undefined
  /** PEM certificates that are trusted beside the usual ones. */
  ca?: string | undefined
  /** What the job will do with the file; only matters to servers that declare `.gz` files as transport encoding. */
  decompress?: Decompress | undefined
  /** The longest silence, in milliseconds, before the connection counts as lost. Default 60,000. */
  stallTimeoutMs?: number
}

/** A file behind a URL, read in one go or from anywhere on. */
export class HttpSource implements Source {
  readonly name: string
  readonly #url: URL
  readonly #options: HttpSourceOptions

  constructor(options: HttpSourceOptions) {
    this.#url = fileUrl(options.url)
    this.#options = options
    this.name = `${this.#url.origin}${this.#url.pathname}`
  }

  async open({ offset, validator, signal }: OpenOptions): Promise<OpenedSource> {
    if (offset > 0 && validator === undefined) throw notResumable(this.name)
    const agent = this.#agent()
    try {
      const response = await this.#follow(agent, rangeHeaders(offset, validator), signal)
      const { skip, total } = this.#judge(response, offset, validator)
      return { stream: this.#stream(agent, response.body, skip), total, validator: validatorOf(response) }
    } catch (error) {
      await agent.destroy()
      if (signal.aborted) throw signal.reason
      throw connectionFailure(this.name, error)
    }
  }

  #agent(): Agent {
    const { policy, ca, stallTimeoutMs = 60_000 } = this.#options
    const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] }
    return new Agent({
      connect: policy.connector({ ...trust, timeout: 15_000 }),
      headersTimeout: stallTimeoutMs,
      bodyTimeout: stallTimeoutMs,
    })
  }

  async #follow(
    agent: Agent,
    range: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData<null>> {
    let url = this.#url
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      const own = url.origin === this.#url.origin ? this.#options.headers : {}
      // What is hashed and counted must be the file itself, not a transport's packing of it.
      const headers = { ...own, ...range, 'accept-encoding': 'identity', 'user-agent': 'auxo' }
      const response = await request(url, { dispatcher: agent, headers, signal })
      const location = response.headers['location']
      if (![301, 302, 303, 307, 308].includes(response.statusCode) || typeof location !== 'string') return response
      await response.body.dump({ limit: 16_384 })
      url = fileUrl(location, url)
    }
    throw new TransferError(`${this.name} is redirected more than ${REDIRECTS} times`, {
      class: 'Refused',
      code: 'TooManyRedirects',
    })
  }

  /** Where in the answer the wanted bytes begin, and how large the file is; throws if it is not the wanted file. */
  #judge(
    response: Dispatcher.ResponseData<null>,
    offset: number,
    validator: string | undefined,
  ): { skip: number; total: number | undefined } {
    const { statusCode, headers } = response
    if (offset > 0 && statusCode === 416) throw nothingFrom(this.name, offset, headers['content-range']?.toString())
    if (statusCode !== 200 && statusCode !== 206) {
      throw statusFailure(this.name, statusCode, headers['retry-after']?.toString())
    }
    this.#refuseWrapped(headers)
    if (offset > 0 && validatorOf(response) !== validator) throw sourceChanged(this.name)
    if (statusCode === 200) {
      const length = headers['content-length']
      return { skip: offset, total: length === undefined ? undefined : Number(length) }
    }
    const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(`${headers['content-range']}`) ?? []
    if (start === undefined || Number(start) !== offset) {
      throw new TransferError(`${this.name} answers another range than was asked for`, {
        class: 'Unavailable',
        code: 'WrongRange',
      })
    }
    return { skip: 0, total: size === '*' ? undefined : Number(size) }
  }

  #refuseWrapped(headers: Dispatcher.ResponseData['headers']): void {
    if (/^(text\/html|application\/xhtml)/i.test(`${headers['content-type']}`)) {
      throw new TransferError(`${this.name} is a web page, not a file: is the URL that of the file itself?`, {
        class: 'InvalidSpec',
        code: 'NotAFile',
      })
    }
    const encoding = headers['content-encoding']?.toString().toLowerCase() ?? 'identity'
    if (encoding === 'identity') return
    // Some servers declare a .gz file so; its bytes are then what decompression wants.
    if (this.#options.decompress === 'Gzip' && /^(x-)?gzip$/.test(encoding)) return
    throw new TransferError(`${this.name} is sent ${encoding}-encoded although the file as it is was asked for`, {
      class: 'InvalidSpec',
      code: 'TransportEncoded',
    })
  }

  async *#stream(agent: Agent, body: Dispatcher.ResponseData['body'], skip: number): ByteStream {
    // Destroying an unread body reports an error that nobody waits for.
    body.on('error', () => {})
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        const wanted = chunk.subarray(Math.min(skip, chunk.length))
        skip -= chunk.length - wanted.length
        if (wanted.length > 0) yield wanted
      }
    } catch (error) {
      throw connectionFailure(this.name, error)
    } finally {
      await agent.destroy()
    }
  }
}

function fileUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href)
  const wrong =
    url === null
      ? 'is no URL'
      : url.protocol !== 'http:' && url.protocol !== 'https:'
        ? 'has a scheme other than http and https'
        : url.username !== '' || url.password !== ''
          ? 'holds credentials: put them into a Secret and name it in secretRef'
          : undefined
  if (url !== null && wrong === undefined) return url
  const shown = url === null || url.username !== '' || url.password !== '' ? '' : ` ${url.protocol}//${url.host}`
  throw new TransferError(`the ${base === undefined ? 'URL' : 'redirect'}${shown} ${wrong}`, {
    class: 'InvalidSpec',
    code: 'InvalidURL',
  })
}

function rangeHeaders(offset: number, validator: string | undefined): Record<string, string> {
  if (offset === 0 || validator === undefined) return {}
  // A weak ETag may not stand in If-Range (RFC 9110 §13.1.5); it is compared when the answer is there.
  const condition = validator.startsWith('W/') ? {} : { 'if-range': validator }
  return { range: `bytes=${offset}-`, ...condition }
}

function validatorOf({ headers }: Dispatcher.ResponseData<null>): string | undefined {
  const etag = headers['etag']?.toString()
  const modified = headers['last-modified']?.toString()
  return etag !== undefined && !etag.startsWith('W/') ? etag : (modified ?? etag)
}

/** There is nothing from `offset` on: the file ends there, or it is another one by now. */
function nothingFrom(name: string, offset: number, range: string | undefined): TransferError {
  const size = /^bytes \*\/(\d+)$/.exec(range ?? '')?.[1]
  return size === undefined || Number(size) === offset ? endedAt(name, offset) : sourceChanged(name)
}

function notResumable(name: string): TransferError {
  return new TransferError(`${name} cannot be resumed: its server says neither ETag nor Last-Modified`, {
    class: 'Unavailable',
    code: 'SourceChanged',
  })
}

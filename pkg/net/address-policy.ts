import { type LookupAddress, type LookupOptions, lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { Failure } from '../failure/failure.ts'
import { AddressRanges, embeddedIPv4 } from './ip-address.ts'

/** What nobody may make us connect to unless configuration allows it. Private networks are free: clouds live there. */
const REFUSED: readonly { what: string; ranges: AddressRanges }[] = [
  {
    what: 'a metadata service',
    // AWS, GCP and OpenStack; their IPv6 forms; Alibaba; Azure's wire server; Oracle.
    ranges: new AddressRanges([
      '169.254.169.254',
      'fd00:ec2::254',
      'fe80::a9fe:a9fe',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
    ]),
  },
  { what: 'an unspecified address', ranges: new AddressRanges(['0.0.0.0/8', '::']) },
  { what: 'a loopback address', ranges: new AddressRanges(['127.0.0.0/8', '::1']) },
  { what: 'a link-local address', ranges: new AddressRanges(['169.254.0.0/16', 'fe80::/10', 'fec0::/10']) },
  { what: 'a multicast address', ranges: new AddressRanges(['224.0.0.0/4', 'ff00::/8']) },
  { what: 'a reserved address', ranges: new AddressRanges(['240.0.0.0/4']) },
  // Teredo hides its IPv4 addresses behind a mask (RFC 4380); nothing serious is served through it.
  { what: 'a Teredo address', ranges: new AddressRanges(['2001::/32']) },
]

/** Names that mean "here" or "inside the cluster", whatever they resolve to. */
const INSIDE = /^(.*\.)?(localhost|svc|cluster\.local|metadata\.google\.internal)\.?$/i

/** A user-supplied address that the operator will not connect to. */
export class AddressRefused extends Failure {}

export interface AddressPolicyOptions {
  /** Networks that may be connected to whatever else is said (`--allow-addresses`). CIDR notation. */
  allow?: readonly string[]
  /** Networks that may not: the cluster's own services and pods. CIDR notation. */
  deny?: readonly string[]
}

/**
 * Which addresses a user may make us connect to (image URLs, auth_url, …). Names are judged by every address that
 * they resolve to, at the very connect that uses it, so that a name which changes its mind (DNS rebinding) or a
 * redirect gains nothing.
 */
export class AddressPolicy {
  readonly #allow: AddressRanges
  readonly #deny: AddressRanges

  constructor({ allow = [], deny = [] }: AddressPolicyOptions = {}) {
    this.#allow = new AddressRanges(allow)
    this.#deny = new AddressRanges(deny)
  }

  /** Throws `AddressRefused` unless all `addresses`, which `host` resolved to, may be connected to. */
  check(host: string, addresses: readonly string[]): void {
    for (const address of addresses) {
      const reason = this.#refusal(host, address)
      if (reason !== undefined) throw refused(host, address, reason)
    }
  }

  /** Throws `AddressRefused` if `host` is an IP literal (with or without brackets) that is refused. */
  checkLiteral(host: string): void {
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare)) this.check(bare, [bare])
  }

  #refusal(host: string, address: string): string | undefined {
    if (this.#allow.includes(address)) return undefined
    if (!isIP(host) && INSIDE.test(host)) return 'a name inside the cluster'
    if (this.#deny.includes(address)) return "one of the cluster's own addresses"
    const range = REFUSED.find(({ ranges }) => ranges.includes(address))
    if (range !== undefined) return range.what
    for (const inner of embeddedIPv4(address)) {
      const reason = this.#refusal(host, inner.address)
      if (reason !== undefined) return `${reason} in ${inner.name} form`
    }
    return undefined
  }

  /** `lookup` for `net.connect`, `tls.connect` and their like. IP literals never reach it: `checkLiteral` them. */
  readonly lookup: LookupFunction = (host, options: LookupOptions, callback) => {
    resolve(host, { ...options, all: true }, (error: Error | null, found: LookupAddress[]) => {
      if (error) return callback(error, '')
      try {
        this.check(
          host,
          found.map(({ address }) => address),
        )
      } catch (refusal) {
        return callback(refusal as Error, '')
      }
      if (options.all) return callback(null, found)
      const [first] = found
      callback(null, first?.address ?? '', first?.family)
    })
  }

  /**
   * `connect` for undici's `Agent`, `Pool` and `Client`: `new Agent({connect: policy.connector({ca})})`. Every
   * connection goes through it, those of redirects too. HTTP/2 is off unless asked for.
   */
  connector(options: buildConnector.BuildOptions = {}): buildConnector.connector {
    const connect = buildConnector({ allowH2: false, ...options, lookup: this.lookup })
    return (target, callback) => {
      try {
        this.checkLiteral(target.hostname)
      } catch (refusal) {
        return callback(refusal as Error, null)
      }
      connect(target, callback)
    }
  }
}

function refused(host: string, address: string, reason: string): AddressRefused {
  const name = host === address ? address : `${host} (${address})`
  return new AddressRefused(
    `${name} is refused: it is ${reason}. An administrator can allow it with --allow-addresses.`,
    { class: 'InvalidSpec', code: 'AddressRefused' },
  )
}

import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Where an IPv6 form carries an IPv4 address that the packet will end at. */
const EMBEDDED: readonly { name: string; network: string; prefix: number; offset: number }[] = [
  { name: 'IPv4-mapped', network: '::ffff:0:0', prefix: 96, offset: 12 }, // RFC 4291 §2.5.5.2
  { name: 'IPv4-compatible', network: '::', prefix: 96, offset: 12 }, // RFC 4291 §2.5.5.1
  { name: 'IPv4-translated', network: '::ffff:0:0:0', prefix: 96, offset: 12 }, // RFC 2765
  { name: 'NAT64', network: '64:ff9b::', prefix: 96, offset: 12 }, // RFC 6052
  { name: 'local NAT64', network: '64:ff9b:1::', prefix: 48, offset: 12 }, // RFC 8215
  { name: '6to4', network: '2002::', prefix: 16, offset: 2 }, // RFC 3056
]

/** The 16 bytes of an IPv6 address, which must be valid (`isIPv6`). */
export function ipv6Bytes(address: string): Uint8Array {
  const bare = address.replace(/%.*$/, '')
  const hex = bare.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const pair = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16)
    return `${pair(a, b)}:${pair(c, d)}`
  })
  const [head = '', tail] = hex.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = tail === undefined ? [] : Array(8 - before.length - after.length).fill('0')
  const bytes = new Uint8Array(16)
  for (const [index, group] of [...before, ...zeros, ...after].entries()) {
    const value = Number.parseInt(group, 16)
    bytes[index * 2] = value >> 8
    bytes[index * 2 + 1] = value & 0xff
  }
  return bytes
}

/** The IPv4 addresses that an IPv6 address stands for, with the name of the form; empty where there are none. */
export function embeddedIPv4(address: string): { name: string; address: string }[] {
  if (!isIPv6(address)) return []
  const bytes = ipv6Bytes(address)
  return EMBEDDED.filter(({ network, prefix }) => samePrefix(bytes, ipv6Bytes(network), prefix)).map(
    ({ name, offset }) => ({ name, address: bytes.subarray(offset, offset + 4).join('.') }),
  )
}

function samePrefix(left: Uint8Array, right: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit))
    const index = bit / 8
    if (((left[index] ?? 0) & mask) !== ((right[index] ?? 0) & mask)) return false
  }
  return true
}

/** Networks in CIDR notation (`10.0.0.0/8`, `fd00::/8`; a single address stands for itself). */
export class AddressRanges {
  readonly #v4 = new BlockList()
  readonly #v6 = new BlockList()

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) this.#add(cidr.trim())
  }

  #add(cidr: string): void {
    const [network = '', bits] = cidr.split('/')
    const version = isIPv4(network) ? 4 : isIPv6(network) ? 6 : 0
    const longest = version === 4 ? 32 : 128
    const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (version === 0 || prefix < 0 || prefix > longest) {
      throw new RangeError(`"${cidr}" is not a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8`)
    }
    if (version === 4) this.#v4.addSubnet(network, prefix, 'ipv4')
    else this.#v6.addSubnet(network, prefix, 'ipv6')
  }

  /** Whether the address, in its own family, lies in one of the networks. */
  includes(address: string): boolean {
    const bare = address.replace(/%.*$/, '')
    return isIPv4(bare) ? this.#v4.check(bare, 'ipv4') : this.#v6.check(bare, 'ipv6')
  }
}

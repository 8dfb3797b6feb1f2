import { createServer } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AddressPolicy, AddressRefused } from './address-policy.ts'
import { AddressRanges, embeddedIPv4, ipv6Bytes } from './ip-address.ts'

const policy = new AddressPolicy({ deny: ['10.96.0.0/12', 'fd00:10:96::/112'] })

describe('addresses', () => {
  test.each([
    ['127.0.0.1', 'a loopback address'],
    ['127.8.9.1', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['0.0.0.0', 'an unspecified address'],
    ['::', 'an unspecified address'],
    ['169.254.169.254', 'a metadata service'],
    ['fd00:ec2::254', 'a metadata service'],
    ['100.100.100.200', 'a metadata service'],
    ['169.254.1.1', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['febf::1', 'a link-local address'],
    ['224.0.0.1', 'a multicast address'],
    ['ff02::1', 'a multicast address'],
    ['255.255.255.255', 'a reserved address'],
    ['::ffff:127.0.0.1', 'a loopback address in IPv4-mapped form'],
    ['::ffff:7f00:1', 'a loopback address in IPv4-mapped form'],
    ['::127.0.0.1', 'a loopback address in IPv4-compatible form'],
    ['64:ff9b::169.254.169.254', 'a metadata service in NAT64 form'],
    ['64:ff9b:1::a9fe:a9fe', 'a metadata service in local NAT64 form'],
    ['2002:7f00:1::', 'a loopback address in 6to4 form'],
    ['2001:0:1234::1', 'a Teredo address'],
    ['10.96.0.1', "one of the cluster's own addresses"],
    ['::ffff:10.96.0.1', "one of the cluster's own addresses in IPv4-mapped form"],
    ['fd00:10:96::1', "one of the cluster's own addresses"],
  ])('%s is refused as %s', (address, reason) => {
    expect(() => policy.check(address, [address])).toThrow(`it is ${reason}. `)
  })

  test.each(['10.0.0.1', '192.168.1.1', '172.16.0.1', '8.8.8.8', '2001:db8::1', 'fd12::1', '::ffff:10.0.0.1'])(
    '%s is free',
    (address) => expect(() => policy.check(address, [address])).not.toThrow(),
  )

  test('one refused address among several refuses the name', () => {
    expect(() => policy.check('example.com', ['8.8.8.8', '127.0.0.1'])).toThrow(/example\.com \(127\.0\.0\.1\)/)
  })

  test('the failure says what to do and has its class', () => {
    const failure = caught(() => policy.checkLiteral('[::1]'))
    expect(failure).toBeInstanceOf(AddressRefused)
    expect(failure).toMatchObject({ class: 'InvalidSpec', code: 'AddressRefused' })
    expect(failure.message).toContain('--allow-addresses')
  })

  test('what is allowed is allowed, and no more than that', () => {
    const open = new AddressPolicy({ allow: ['127.0.0.1/32'], deny: ['127.0.0.0/8'] })
    expect(() => open.check('x', ['127.0.0.1'])).not.toThrow()
    expect(() => open.check('x', ['127.0.0.2'])).toThrow(AddressRefused)
    expect(() =>
      new AddressPolicy({ allow: ['::/0', '0.0.0.0/0'] }).check('localhost', ['::1', '0.0.0.0']),
    ).not.toThrow()
  })
})

describe('names', () => {
  test.each(['localhost', 'a.localhost', 'kubernetes.default.svc', 'x.svc.cluster.local', 'X.Y.SVC.'])(
    '%s is refused wherever it points',
    (name) => expect(() => policy.check(name, ['8.8.8.8'])).toThrow(/a name inside the cluster/),
  )

  test.each(['example.com', 'svc.example.com', 'mylocalhost', 'cluster.local.example.com'])('%s is free', (name) =>
    expect(() => policy.check(name, ['8.8.8.8'])).not.toThrow(),
  )
})

test.each(['10.0.0.0/33', 'x', '10.0.0.0/', '::/129', ''])('"%s" is no network', (cidr) => {
  expect(() => new AddressPolicy({ allow: [cidr] })).toThrow(/CIDR/)
})

test('bytes of any IPv6 address read back as the same address', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      fc.pre(isIPv6(address))
      const groups = Array.from({ length: 8 }, (_, i) =>
        Buffer.from(ipv6Bytes(address))
          .readUInt16BE(i * 2)
          .toString(16),
      )
      expect(new AddressRanges([address]).includes(groups.join(':'))).toBe(true)
    }),
  )
})

test('an IPv4 address is found in every form that carries it', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      for (const form of [`::ffff:${address}`, `64:ff9b::${address}`]) {
        expect(embeddedIPv4(form).map((inner) => inner.address)).toContain(address)
      }
    }),
  )
})

describe('connections', () => {
  const server = createServer((_, response) => response.end('hello'))
  let port = 0
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))

  async function get(url: string, options: ConstructorParameters<typeof AddressPolicy>[0] = {}): Promise<string> {
    await using agent = asyncDisposable(new Agent({ connect: new AddressPolicy(options).connector() }))
    const { body } = await request(url, { dispatcher: agent.value })
    return body.text()
  }

  test.each(['127.0.0.1', '[::1]', '2130706433', '0x7f.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'to %s are refused before they are made',
    async (host) => {
      await expect(get(`http://${host}:${port}/`)).rejects.toBeInstanceOf(AddressRefused)
    },
  )

  test('to allowed addresses are made, by name and by number', async () => {
    const options = { allow: ['127.0.0.0/8', '::1'] }
    expect(await get(`http://127.0.0.1:${port}/`, options)).toBe('hello')
    expect(await get(`http://localhost:${port}/`, options)).toBe('hello')
  })
})

function asyncDisposable(agent: Agent) {
  return { value: agent, [Symbol.asyncDispose]: () => agent.close() }
}

function caught(action: () => void): AddressRefused {
  try {
    action()
  } catch (error) {
    return error as AddressRefused
  }
  throw new Error('nothing was thrown')
}

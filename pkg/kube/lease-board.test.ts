import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { type Connection, plainConnection } from './connection.ts'
import { type Lease, leaseType } from './lease.ts'
import { LeaseBoard } from './lease-board.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'
import { ManualClock } from './testing/manual-clock.ts'

let server: FakeApiServer
let connection: Connection
let client: KubeClient
let clock: ManualClock
let board: LeaseBoard

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  connection = plainConnection({ server: server.url })
  client = new KubeClient({ connection })
  clock = new ManualClock()
  board = new LeaseBoard({ client, namespace: 'ops', prefix: 'auxo', identity: 'self', shards: 4, clock })
})
afterEach(async () => {
  await server.stop()
  await connection.close()
})

const look = () => board.look({ signal: new AbortController().signal, timeoutMs: 5000 })

const lease = (name: string, holderIdentity: string, shards = 4): Lease => ({
  metadata: {
    namespace: 'ops',
    name,
    annotations: { 'vdi.auxo.dev/shards': `${shards}`, 'vdi.auxo.dev/address': `http://${holderIdentity}` },
  },
  spec: { holderIdentity, leaseDurationSeconds: 15 },
})

async function renew(name: string): Promise<void> {
  await client.patch(leaseType, { namespace: 'ops', name }, { spec: { renewTime: `${clock.now()}` } })
}

test('members are those that live and share our number of shards', async () => {
  await client.create(leaseType, lease('auxo-member-other', 'other'))
  await client.create(leaseType, lease('auxo-member-stranger', 'stranger', 8))
  await client.create(leaseType, lease('another-member-x', 'x'))
  await look()
  expect(board.members()).toEqual(['self', 'other'])
  clock.advance(16_000)
  await look()
  expect(board.members()).toEqual(['self'])
})

test('a shard has a holder and an address until its Lease lapses or is given back', async () => {
  await client.create(leaseType, lease('auxo-shard-1', 'other'))
  await client.create(leaseType, lease('auxo-shard-2', ''))
  await look()
  expect([0, 1, 2].map((shard) => board.holderOf(shard))).toEqual([undefined, 'other', undefined])
  expect([0, 1, 2].map((shard) => board.addressOf(shard))).toEqual([undefined, 'http://other', undefined])
  clock.advance(16_000)
  expect(board.holderOf(1)).toBeUndefined()
})

test('another number of shards: wait while it may be a dead one, refuse when it surely lives', async () => {
  await client.create(leaseType, lease('auxo-member-other', 'other', 8))
  await look()
  expect(board.agree()).toBe(false)
  clock.advance(2000)
  await renew('auxo-member-other')
  await look()
  expect(() => board.agree()).toThrow('replica other runs with 8 shards, this one was started with 4')
  clock.advance(16_000)
  expect(board.agree()).toBe(true)
})

test('what a killed replica left behind is found after a long silence', async () => {
  await client.create(leaseType, lease('auxo-member-dead', 'dead'))
  await client.create(leaseType, lease('auxo-member-other', 'other'))
  await client.create(leaseType, lease('auxo-shard-0', 'dead'))
  await look()
  clock.advance(300_001)
  await renew('auxo-member-other')
  await look()
  expect(board.deadMembers(300_000).map(({ metadata }) => metadata.name)).toEqual(['auxo-member-dead'])
})

test('a look that fails changes nothing', async () => {
  await client.create(leaseType, lease('auxo-shard-1', 'other'))
  await look()
  server.fail({ when: () => true, times: 9, status: 500 })
  await expect(look()).rejects.toMatchObject({ class: 'Unavailable' })
  expect(board.holderOf(1)).toBe('other')
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../../test/support/eventually.ts'
import { KubeClient } from '../client.ts'
import type { Connection } from '../connection.ts'
import { leaseType } from '../lease.ts'
import { Shards } from '../shards.ts'
import type { ShardsOptions } from '../shards-options.ts'
import { Unpluggable } from './unpluggable.ts'

const namespaces = Array.from({ length: 40 }, (_, i) => `team-${i}`)

/** A replica that runs in this process, and what happened to it. */
class Replica {
  readonly shards: Shards
  readonly cable: Unpluggable
  readonly log: string[] = []
  readonly held = new Map<string, boolean>()
  readonly ended: Promise<unknown>
  readonly #controller = new AbortController()

  constructor(connection: Connection, options: Partial<ShardsOptions> & { namespace: string; identity: string }) {
    this.cable = new Unpluggable(connection)
    this.shards = new Shards({
      client: new KubeClient({ connection: this.cable }),
      shards: 4,
      address: `http://${options.identity}:8080`,
      ...{ leaseSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.2 },
      onHeld: (lease, held) => this.held.set(lease, held),
      ...options,
    })
    this.shards.subscribe(({ gained, lost }) => {
      for (const shard of gained) this.log.push(`+${shard}`)
      for (const shard of lost) this.log.push(`-${shard}`)
    })
    this.ended = this.shards.run(this.#controller.signal).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  get count(): number {
    return this.shards.owned.length
  }

  async stop(): Promise<unknown> {
    this.#controller.abort()
    return await this.ended
  }
}

/** What shards must do with any API server: run on the fake one and on the real one. */
export function shardsSuite(connection: () => Connection, newNamespace: () => Promise<string>): void {
  let namespace: string
  let replicas: Replica[]
  let watchdog: NodeJS.Timeout
  const quarrels: string[] = []

  beforeEach(async () => {
    namespace = await newNamespace()
    replicas = []
    // At no moment two replicas work on the same namespace.
    watchdog = setInterval(() => {
      for (const name of namespaces) {
        const owners = replicas.filter(({ shards }) => shards.owns(name) && !shards.signal(name).aborted)
        if (owners.length > 1) quarrels.push(name)
      }
    }, 5)
  })
  afterEach(async () => {
    clearInterval(watchdog)
    for (const { cable } of replicas) cable.plugged = true
    await Promise.all(replicas.map((replica) => replica.stop()))
    expect(quarrels).toEqual([])
  })

  function start(identity: string, options: Partial<ShardsOptions> = {}): Replica {
    const replica = new Replica(connection(), { namespace, identity, ...options })
    replicas.push(replica)
    return replica
  }

  const counts = (...wanted: number[]) =>
    eventually(`${wanted} shards`, () => replicas.every(({ count }, index) => count === wanted[index]))

  const leases = async () => (await new KubeClient({ connection: connection() }).list(leaseType, { namespace })).items

  test('a single replica takes everything at once', async () => {
    const a = start('a')
    await eventually('all shards', () => a.count === 4, { timeoutMs: 2000 })
    expect(namespaces.every((name) => a.shards.owns(name))).toBe(true)
    expect(namespaces.some((name) => a.shards.signal(name).aborted)).toBe(false)
    expect(a.shards.addressOf('team-1')).toBe('http://a:8080')
    expect(a.held.get('auxo-shard-3')).toBe(true)
    const shard = (await leases()).find(({ metadata }) => metadata.name === 'auxo-shard-0')
    expect(shard?.metadata.annotations).toMatchObject({ 'vdi.auxo.dev/shards': '4' })
    expect(shard?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 3 })
  })

  test('a second replica gets its half, after the first has ended its work there', async () => {
    const release = Promise.withResolvers<void>()
    const draining: number[] = []
    const drained = async (shard: number) => {
      draining.push(shard)
      await release.promise
    }
    const a = start('a', { drained })
    await counts(4)
    const signals = namespaces.map((name) => a.shards.signal(name))
    const b = start('b')
    await eventually('two shards to be left', () => draining.length === 2)
    expect(signals.some(({ aborted }) => aborted)).toBe(true)
    expect(b.count).toBe(0)
    release.resolve()
    await counts(2, 2)
    for (const name of namespaces) expect(a.shards.owns(name)).toBe(!b.shards.owns(name))
    await eventually('both to know the address', () =>
      namespaces.every((name) => a.shards.addressOf(name) === b.shards.addressOf(name)),
    )
    expect(a.held.get(`auxo-shard-${draining[0]}`)).toBe(false)
  })

  test('a replica that stops gives its shards back: the other has them at once', async () => {
    const a = start('a')
    await counts(4)
    const b = start('b')
    await counts(2, 2)
    const signal = namespaces.map((name) => b.shards.signal(name)).find(({ aborted }) => !aborted)
    expect(await b.stop()).toBeUndefined()
    expect(signal?.aborted).toBe(true)
    await eventually('all shards', () => a.count === 4, { timeoutMs: 1500 })
    await a.stop()
    const left = await leases()
    expect(left.map(({ metadata }) => metadata.name)).toHaveLength(4)
    expect(left.every(({ spec }) => spec?.holderIdentity === '' || spec?.holderIdentity === undefined)).toBe(true)
  })

  test('a replica that is cut off ends its work before another begins, and comes back', async () => {
    const a = start('a')
    await counts(4)
    const b = start('b')
    await counts(2, 2)
    let abortedAt = 0
    const signal = namespaces.map((name) => a.shards.signal(name)).find(({ aborted }) => !aborted)
    signal?.addEventListener('abort', () => {
      abortedAt = performance.now()
    })
    a.cable.plugged = false
    await eventually('the other has everything', () => b.count === 4)
    expect(abortedAt).toBeGreaterThan(0)
    expect(performance.now() - abortedAt).toBeGreaterThan(500)
    expect(a.count).toBe(0)
    a.cable.plugged = true
    await counts(2, 2)
  })

  test('a replica with another number of shards refuses to run; the running one goes on', async () => {
    const a = start('a')
    await counts(4)
    const b = start('b', { shards: 8 })
    const error = (await b.ended) as Error
    expect(error).toMatchObject({ class: 'InvalidSpec', code: 'ShardCountMismatch' })
    expect(error.message).toContain('replica a runs with 4 shards, this one was started with 8')
    expect(b.log).toEqual([])
    expect(a.log.filter((line) => line.startsWith('-'))).toEqual([])
    expect((await leases()).map(({ metadata }) => metadata.name)).not.toContain('auxo-member-b')
    await a.stop()
    const c = start('c', { shards: 8 })
    await eventually('all eight', () => c.count === 8)
  })

  test('two that start together with different numbers: never both run', async () => {
    const a = start('a', { shards: 4 })
    const b = start('b', { shards: 8 })
    const first = await Promise.race([a.ended, b.ended])
    expect(first).toMatchObject({ code: 'ShardCountMismatch' })
    expect(a.count === 0 || b.count === 0).toBe(true)
  })

  test('the Leases of a killed replica are taken when they have lapsed, not before', async () => {
    const a = start('a')
    await counts(4)
    // Never comes back, and gives nothing back.
    a.cable.plugged = false
    await a.stop()
    const since = performance.now()
    const b = start('b', { shards: 8 })
    await eventually('all shards', () => b.count === 8)
    expect(performance.now() - since).toBeGreaterThan(2000)
  })
}

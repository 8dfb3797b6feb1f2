import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from './client.ts'
import { type Connection, plainConnection } from './connection.ts'
import { configMap, configMaps } from './testing/config-maps.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'
import { informerSuite, startInformer, stopInformersAfterEach } from './testing/informer-suite.ts'

let server: FakeApiServer
let connection: Connection
let client: KubeClient

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  connection = plainConnection({ server: server.url })
  client = new KubeClient({ connection })
})
stopInformersAfterEach()
afterEach(async () => {
  await server.stop()
  await connection.close()
})

let namespaces = 0
const namespace = async () => `ns-${namespaces++}`

describe('against the fake API server', () => informerSuite(() => connection, namespace))

describe('against an older API server without WatchList', () => {
  beforeEach(() => {
    server.watchList = false
  })
  informerSuite(() => connection, namespace)

  test('the list comes in pages', async () => {
    for (let i = 0; i < 5; i += 1) await client.create(configMaps, configMap(`x-${i}`))
    const { informer } = startInformer(connection, { pageSize: 2 })
    await informer.synced()
    expect(informer.size).toBe(5)
    expect(server.requests.filter(({ query }) => query.get('limit') === '2')).toHaveLength(3)
  })

  test('pages that took too long are replaced by one list of everything', async () => {
    for (let i = 0; i < 5; i += 1) await client.create(configMaps, configMap(`x-${i}`))
    server.fail({ when: ({ query }) => query.has('continue'), status: 410, body: { reason: 'Expired', code: 410 } })
    const { informer, told } = startInformer(connection, { pageSize: 2 })
    await informer.synced()
    expect(told).toHaveLength(5)
  })
})

test('a watch that is cut, also in the middle of a line, goes on where it was', async () => {
  const { informer, told } = startInformer(connection)
  await informer.synced()
  for (const half of ['', '{"type":"ADDED","object":{"metadata":{"na']) {
    const before = server.requests.length
    server.cutWatches(half)
    await client.create(configMaps, configMap(`after-${half.length}`))
    await eventually('the change', () => told.includes(`Added after-${half.length}`))
    const watch = server.requests.slice(before).find(({ query }) => query.has('watch'))
    expect(watch?.query.get('resourceVersion')).toBeTruthy()
    expect(watch?.query.has('sendInitialEvents')).toBe(false)
  }
  expect(told).toHaveLength(2)
})

test('a watch that ends politely is opened again without a warning', async () => {
  const warnings: string[] = []
  const logger = {
    debug() {},
    info() {},
    warn: (_: object, text: string) => warnings.push(text),
    error() {},
    child: () => logger,
  }
  const { informer, told } = startInformer(connection, { logger })
  await informer.synced()
  server.endWatches()
  await client.create(configMaps, configMap('x'))
  await eventually('the change', () => told.includes('Added x'))
  expect(warnings).toEqual([])
  expect(informer.failure).toBeUndefined()
})

test('a stream that falls silent is given up and resumed', async () => {
  const { informer, told } = startInformer(connection, { silenceSeconds: 1 })
  await informer.synced()
  server.silent = true
  await client.create(configMaps, configMap('missed'))
  await eventually('a new watch', () => server.requests.filter(({ query }) => query.has('watch')).length >= 2)
  expect(told).toEqual([])
  server.silent = false
  await eventually('the change', () => told.includes('Added missed'))
})

test.each([['in the stream'], ['as the answer']])(
  '410 %s starts anew: what vanished meanwhile is told',
  async (how) => {
    for (const name of ['keep', 'gone', 'change']) await client.create(configMaps, configMap(name))
    const { informer, told } = startInformer(connection)
    await informer.synced()
    server.silent = true
    await client.delete(configMaps, { namespace: 'default', name: 'gone' })
    await client.patch(configMaps, { namespace: 'default', name: 'change' }, { data: { a: '1' } })
    await client.create(configMaps, configMap('new'))
    server.storage.compact()
    if (how === 'as the answer')
      server.fail({ when: ({ query }) => query.has('watch'), status: 410, body: { reason: 'Gone' } })
    server.silent = false
    told.length = 0
    server.cutWatches()
    await eventually('the difference', () => told.length === 3)
    expect([...told].sort()).toEqual(['Added new', 'Deleted gone', 'Updated change'])
    expect(new Set(informer.list().map(({ metadata }) => metadata.name))).toEqual(new Set(['change', 'keep', 'new']))
  },
)

test('an outage: nothing is taken for gone, the failure is told, it heals by itself', async () => {
  await client.create(configMaps, configMap('x'))
  const { informer, told } = startInformer(connection)
  await informer.synced()
  const port = Number(new URL(server.url).port)
  await server.stop()
  const failure = await eventually('the failure', () => informer.failure)
  expect(failure).toMatchObject({ class: 'Unavailable' })
  expect(informer.size).toBe(1)
  await server.start(port)
  await client.create(configMaps, configMap('y'))
  await eventually('the change', () => told.includes('Added y'))
  expect(informer.failure).toBeUndefined()
  expect(told).toEqual(['Added x', 'Added y'])
})

test('a start list that breaks off removes nothing and is begun again', async () => {
  for (let i = 0; i < 3; i += 1) await client.create(configMaps, configMap(`x-${i}`))
  const { informer, told } = startInformer(connection)
  await informer.synced()
  server.storage.compact()
  server.watchList = false
  server.fail({ when: ({ path, query }) => path.endsWith('configmaps') && query.has('limit'), times: 3, status: 500 })
  server.cutWatches()
  await eventually('a failure', () => informer.failure)
  expect(informer.size).toBe(3)
  await client.create(configMaps, configMap('y'))
  await eventually('the change', () => told.includes('Added y'))
  expect(told.some((text) => text.startsWith('Deleted'))).toBe(false)
})

test('missing permission is a failure that says so, until it is given', async () => {
  const forbidden = { status: 403, body: { reason: 'Forbidden', message: 'cannot list configmaps' } }
  server.fail({ when: ({ query }) => query.has('watch'), times: 2, ...forbidden })
  const { informer } = startInformer(connection)
  const failure = await eventually('the failure', () => informer.failure)
  expect(failure.message).toContain('cannot list configmaps')
  expect(await informer.synced()).toBe(true)
  expect(await informer.synced(AbortSignal.abort())).toBe(true)
})

test('waiting for the start ends with the signal', async () => {
  server.silent = true
  const { informer } = startInformer(connection)
  const controller = new AbortController()
  const synced = informer.synced(controller.signal)
  controller.abort()
  expect(await synced).toBe(false)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from './client.ts'
import { type Connection, loadConnection } from './connection.ts'
import type { ResourceType } from './resource.ts'
import { configMap, configMaps } from './testing/config-maps.ts'
import { informerSuite, startInformer, stopInformersAfterEach } from './testing/informer-suite.ts'

const namespaces: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

let kube: Kube
let connection: Connection
let client: KubeClient

beforeAll(async () => {
  kube = await startKube()
  connection = await loadConnection({ kubeconfig: kube.kubeconfig })
  client = new KubeClient({ connection })
}, 600_000)
stopInformersAfterEach()
afterAll(async () => {
  await connection?.close()
  await kube?.stop()
})

let count = 0
async function newNamespace(): Promise<string> {
  count += 1
  const { metadata } = await client.create(namespaces, { metadata: { name: `informer-${count}` } })
  return metadata.name
}

describe('against a real API server', () => informerSuite(() => connection, newNamespace))

test('a restart of the API server: nothing is lost, nothing is told twice', async () => {
  const ns = await newNamespace()
  const { informer, told } = startInformer(connection, { namespaces: [ns] })
  await informer.synced()
  await client.create(configMaps, configMap('before', {}, ns))
  await eventually('the first', () => told.length === 1)
  await kube.restartApiServer()
  await client.create(configMaps, configMap('after', {}, ns))
  await eventually('the second', () => told.includes('Added after'))
  expect(told).toEqual(['Added before', 'Added after'])
}, 120_000)

test('410 after compaction: what vanished, changed and came while away is told', async () => {
  const ns = await newNamespace()
  for (const name of ['keep', 'gone', 'change']) await client.create(configMaps, configMap(name, {}, ns))
  const infos: string[] = []
  const logger = {
    debug() {},
    info: (_: object, text: string) => infos.push(text),
    warn() {},
    error() {},
    child: () => logger,
  }
  // Slow to come back, so that everything below happens while it is away.
  const backoff = { baseMs: 6000, maxMs: 6000 }
  const { informer, told } = startInformer(connection, { namespaces: [ns], logger, backoff })
  await informer.synced()
  told.length = 0
  await kube.restartApiServer()
  await client.delete(configMaps, { namespace: ns, name: 'gone' })
  await client.patch(configMaps, { namespace: ns, name: 'change' }, { data: { a: '1' } })
  await client.create(configMaps, configMap('new', {}, ns))
  await kube.compact()
  await kube.restartApiServer()
  await eventually('the difference', () => told.length >= 3, { timeoutMs: 60_000 })
  expect([...told].sort()).toEqual(['Added new', 'Deleted gone', 'Updated change'])
  expect(infos).toContain('the watch is too old to go on: starting anew')
}, 180_000)

test('a frozen API server is noticed by its silence', async () => {
  const ns = await newNamespace()
  const { informer, told } = startInformer(connection, { namespaces: [ns], silenceSeconds: 2 })
  await informer.synced()
  kube.freezeApiServer(true)
  try {
    const failure = await eventually('the failure', () => informer.failure)
    expect(failure).toMatchObject({ class: 'Unavailable', code: 'Timeout' })
  } finally {
    kube.freezeApiServer(false)
  }
  await client.create(configMaps, configMap('x', {}, ns))
  await eventually('the change', () => told.includes('Added x'))
  expect(informer.failure).toBeUndefined()
}, 60_000)

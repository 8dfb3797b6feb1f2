import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from './client.ts'
import { type Connection, loadConnection } from './connection.ts'
import type { ResourceType } from './resource.ts'
import { Shards } from './shards.ts'
import { shardsSuite } from './testing/shards-suite.ts'

const namespaces: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

let kube: Kube
let connection: Connection

beforeAll(async () => {
  kube = await startKube()
  connection = await loadConnection({ kubeconfig: kube.kubeconfig })
}, 600_000)
afterAll(async () => {
  await connection?.close()
  await kube?.stop()
})

let count = 0
async function newNamespace(): Promise<string> {
  count += 1
  await new KubeClient({ connection }).create(namespaces, { metadata: { name: `shards-${count}` } })
  return `shards-${count}`
}

shardsSuite(() => connection, newNamespace)

test('an outage of the API server ends the work in time, and the process takes it up again', async () => {
  const shards = new Shards({
    client: new KubeClient({ connection }),
    ...{ namespace: await newNamespace(), identity: 'a', shards: 2 },
    ...{ leaseSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.2 },
  })
  const controller = new AbortController()
  const running = shards.run(controller.signal)
  await eventually('both shards', () => shards.owned.length === 2)
  const signal = shards.signal('x')
  await kube.stopApiServer()
  const since = performance.now()
  await eventually('the work to end', () => signal.aborted)
  expect(performance.now() - since).toBeLessThan(2500)
  await kube.startApiServer()
  await eventually('both shards', () => shards.owned.length === 2)
  expect(shards.signal('x').aborted).toBe(false)
  controller.abort()
  await running
}, 60_000)

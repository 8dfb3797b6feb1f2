import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from './client.ts'
import { type Connection, plainConnection } from './connection.ts'
import { Shards } from './shards.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'
import { shardsSuite } from './testing/shards-suite.ts'

let server: FakeApiServer
let connection: Connection

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  connection = plainConnection({ server: server.url })
})
afterEach(async () => {
  await server.stop()
  await connection.close()
})

shardsSuite(
  () => connection,
  async () => 'operator',
)

test('a renewal whose answer was lost costs nothing: the shard is kept, and given back in the end', async () => {
  const shards = new Shards({
    client: new KubeClient({ connection }),
    ...{ namespace: 'operator', identity: 'a', shards: 1 },
    ...{ leaseSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.1 },
  })
  const controller = new AbortController()
  const running = shards.run(controller.signal)
  await eventually('the shard', () => shards.owned.length === 1)
  const signal = shards.signal('x')
  const isRenewal = ({ method, path }: { method: string; path: string }) => method === 'PUT' && path.endsWith('shard-0')
  server.fail({ when: isRenewal, times: 2, cut: 'after' })
  const before = server.requests.length
  await eventually('some renewals', () => server.requests.slice(before).filter(isRenewal).length >= 4)
  expect(signal.aborted).toBe(false)
  server.fail({ when: isRenewal, cut: 'after' })
  controller.abort()
  await running
  const [lease] = server.storage.objectsUnder('/apis/coordination.k8s.io/v1/namespaces/operator/leases')
  expect(lease).toMatchObject({ metadata: { name: 'auxo-shard-0' }, spec: { holderIdentity: '' } })
})

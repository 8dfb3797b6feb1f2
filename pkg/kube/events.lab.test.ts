import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { KubeClient } from './client.ts'
import { type Connection, loadConnection } from './connection.ts'
import { EventRecorder } from './events.ts'
import { configMap, configMaps } from './testing/config-maps.ts'

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

test('kubectl shows an event and its series', async () => {
  const client = new KubeClient({ connection })
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    ...(await client.create(configMaps, configMap('x'.repeat(240)))),
  }
  const recorder = new EventRecorder({ client, controller: 'vdi.auxo.dev/auxo', instance: 'pod-1' })
  const event = { type: 'Warning', reason: 'ChecksumMismatch', action: 'Upload', note: 'ü'.repeat(3000) } as const
  for (let i = 0; i < 3; i += 1) recorder.record(object, event)
  await recorder.stop(10_000)
  const shown = await kube.run(['events', '--for', `configmap/${object.metadata.name}`])
  expect(shown).toContain('ChecksumMismatch')
  expect(shown).toContain('(x3 over')
  expect(await kube.run(['describe', 'configmap', object.metadata.name])).toContain('ChecksumMismatch')
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from './client.ts'
import { type Connection, plainConnection } from './connection.ts'
import type { RecordedEvent } from './event.ts'
import { EventRecorder, type EventRecorderOptions } from './events.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'

let server: FakeApiServer
let connection: Connection
let now: number

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  connection = plainConnection({ server: server.url })
  now = Date.parse('2026-01-01T00:00:00Z')
})
afterEach(async () => {
  await server.stop()
  await connection.close()
})

const recorder = (options: Partial<EventRecorderOptions> = {}) =>
  new EventRecorder({
    client: new KubeClient({ connection }),
    controller: 'vdi.auxo.dev/auxo',
    instance: 'pod-1',
    now: () => now,
    ...options,
  })

const image = (name = 'windows') => ({
  apiVersion: 'vdi.auxo.dev/v1alpha1',
  kind: 'Image',
  metadata: { namespace: 'desktops', name, uid: `uid-${name}` },
})
const uploaded: RecordedEvent = { type: 'Normal', reason: 'Uploaded', action: 'Upload', note: 'all bytes are there' }
const events = () => server.storage.objectsUnder('/apis/events.k8s.io/v1/namespaces/desktops/events')

test('an event says what happened to which object', async () => {
  const record = recorder()
  record.record(image(), uploaded)
  await record.stop()
  expect(events()).toHaveLength(1)
  expect(events()[0]).toMatchObject({
    ...uploaded,
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'vdi.auxo.dev/auxo',
    reportingInstance: 'pod-1',
    regarding: { kind: 'Image', namespace: 'desktops', name: 'windows', uid: 'uid-windows' },
  })
  expect(events()[0]?.metadata.name).toMatch(/^windows\.[0-9a-f]{16}$/)
})

test('the same again is a series: written at the second time, then now and then, and at the end', async () => {
  const record = recorder()
  record.record(image(), uploaded)
  record.record(image(), uploaded)
  await eventually('the series', () => 'series' in (events()[0] ?? {}))
  expect(events()[0]).toMatchObject({ series: { count: 2 } })
  for (let i = 0; i < 5; i += 1) record.record(image(), uploaded)
  const writes = server.requests.length
  now += 61_000
  record.record(image(), uploaded)
  await eventually('the next write', () => server.requests.length > writes)
  expect(events()[0]).toMatchObject({ series: { count: 8, lastObservedTime: '2026-01-01T00:01:01.000000Z' } })
  record.record(image(), uploaded)
  await record.stop()
  expect(events()[0]).toMatchObject({ series: { count: 9 } })
  expect(events()).toHaveLength(1)
})

test('after ten minutes, or with another note, it is another event', async () => {
  const record = recorder()
  record.record(image(), uploaded)
  record.record(image(), { ...uploaded, note: 'other' })
  now += 600_000
  record.record(image(), uploaded)
  await record.stop()
  expect(events()).toHaveLength(3)
})

test('a series whose event has expired begins a new event', async () => {
  const record = recorder()
  record.record(image(), uploaded)
  await eventually('the event', () => events().length === 1)
  server.fail({ when: ({ method }) => method === 'PATCH', status: 404, body: { reason: 'NotFound' } })
  record.record(image(), uploaded)
  await record.stop()
  expect(events()).toHaveLength(2)
})

test('one object cannot flood the cluster, and others are not held back by it', async () => {
  const record = recorder()
  for (let i = 0; i < 100; i += 1) record.record(image(), { ...uploaded, note: `${i}` })
  record.record(image('other'), uploaded)
  await record.stop()
  expect(events()).toHaveLength(26)
  expect(events().some(({ metadata }) => metadata.name.startsWith('other.'))).toBe(true)
})

test('long names and notes are cut to what the API takes, between characters', async () => {
  const record = recorder()
  const name = `${'a'.repeat(235)}.${'b'.repeat(10)}`
  record.record(image(name), { ...uploaded, note: 'é'.repeat(2000) })
  await record.stop()
  const [event] = events() as unknown as { metadata: { name: string }; note: string }[]
  expect(event?.metadata.name.length).toBeLessThanOrEqual(253)
  expect(event?.metadata.name).toMatch(/[a-z0-9]\.[0-9a-f]{16}$/)
  expect(Buffer.byteLength(event?.note ?? '')).toBeLessThanOrEqual(1024)
  expect(event?.note).toMatch(/^é+…$/)
})

test('a failing API server is tried again and never disturbs the work', async () => {
  const record = recorder()
  server.fail({ when: ({ method }) => method === 'POST', times: 1, status: 503 })
  record.record(image(), uploaded)
  await eventually('the event', () => events().length === 1)
  server.fail({ when: () => true, times: 9, status: 403 })
  record.record(image('other'), uploaded)
  await record.stop()
  record.record(image('third'), uploaded)
  expect(events()).toHaveLength(1)
})

test('stopping does not wait for an API server that does not answer', async () => {
  const record = recorder()
  server.fail({ when: () => true, times: 9, hang: true })
  record.record(image(), uploaded)
  const since = performance.now()
  await record.stop(100)
  expect(performance.now() - since).toBeLessThan(2000)
})

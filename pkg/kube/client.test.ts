import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { type Connection, plainConnection } from './connection.ts'
import { clientSuite } from './testing/client-suite.ts'
import { configMap, configMaps } from './testing/config-maps.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'
import type { Exchange } from './transport.ts'

let server: FakeApiServer
let connection: Connection

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  connection = plainConnection({ server: server.url, token: 'secret' })
})

afterEach(async () => {
  await server.stop()
  await connection.close()
})

describe('against the fake API server', () => clientSuite(() => connection))

const name = { namespace: 'default', name: 'x' }
const any = () => true

test('requests say who asks', async () => {
  await new KubeClient({ connection }).get(configMaps, name)
  expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret' })
  expect(server.requests[0]?.headers['user-agent']).toMatch(/^auxo\/\d/)
})

test('a GET survives cut connections, a write is not sent twice', async () => {
  const client = new KubeClient({ connection })
  await client.create(configMaps, configMap('x'))
  server.fail({ when: ({ method }) => method === 'GET', times: 2, cut: 'before' })
  expect(await client.get(configMaps, name)).toBeDefined()
  server.fail({ when: ({ method }) => method === 'POST', cut: 'after' })
  await expect(client.create(configMaps, configMap('y'))).rejects.toMatchObject({ class: 'Unavailable' })
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
})

test('429 is obeyed: the request is sent again after Retry-After, in the end the failure is told', async () => {
  const client = new KubeClient({ connection })
  server.fail({ when: any, times: 2, status: 429, headers: { 'retry-after': '0' } })
  await client.create(configMaps, configMap('x'))
  expect(server.requests).toHaveLength(3)
  server.fail({ when: any, times: 9, status: 429, headers: { 'retry-after': '0' } })
  await expect(client.get(configMaps, name)).rejects.toMatchObject({ class: 'Throttled', retryAfterSeconds: 0 })
})

test('a call that is not answered ends with its time limit, or with its signal', async () => {
  const client = new KubeClient({ connection, requestTimeoutMs: 100 })
  server.fail({ when: any, times: 9, hang: true })
  await expect(client.get(configMaps, name)).rejects.toMatchObject({ class: 'Unavailable', code: 'Timeout' })
  const reason = new Error('enough')
  const controller = new AbortController()
  const call = client.create(configMaps, configMap('x'), { signal: controller.signal, timeoutMs: 60_000 })
  controller.abort(reason)
  await expect(call).rejects.toBe(reason)
})

test('plain text of a proxy becomes the message', async () => {
  server.fail({ when: any, status: 502, body: 'no healthy upstream' })
  await expect(new KubeClient({ connection }).create(configMaps, configMap('x'))).rejects.toMatchObject({
    class: 'Unavailable',
    status: 502,
  })
})

test('every exchange is counted, also one without an answer; warnings are passed on', async () => {
  const exchanges: Exchange[] = []
  const warnings: string[] = []
  const client = new KubeClient({
    connection,
    onExchange: (exchange) => exchanges.push(exchange),
    onWarning: (text) => warnings.push(text),
  })
  server.fail({ when: any, status: 201, headers: { warning: '299 - "unknown field \\"spec.x\\""' } })
  await client.create(configMaps, configMap('x'))
  server.fail({ when: any, cut: 'before' })
  await client.create(configMaps, configMap('x')).catch(() => undefined)
  expect(exchanges.map(({ method, code }) => `${method} ${code}`)).toEqual(['POST 201', 'POST <error>'])
  expect(exchanges[0]?.host).toBe(new URL(server.url).host)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('unknown field')
})

test('an API server that is not there is Unavailable', async () => {
  const gone = plainConnection({ server: 'http://127.0.0.1:1' })
  await expect(new KubeClient({ connection: gone }).get(configMaps, name)).rejects.toMatchObject({
    code: 'Unreachable',
  })
  await gone.close()
})

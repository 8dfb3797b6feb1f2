import { afterEach, expect, test } from 'vitest'
import { type HealthCheck, HealthServer } from './health.ts'
import { Metrics } from './metrics.ts'

let server: HealthServer

afterEach(() => server.close())

async function get(checks: Record<string, HealthCheck>, path: string) {
  server = new HealthServer({ metrics: new Metrics({ process: false }), ready: checks })
  const port = await server.listen(0, '127.0.0.1')
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}

test('ready when every check is well', async () => {
  const { status, body } = await get({ caches: () => undefined, shards: async () => undefined }, '/readyz')
  expect({ status, body }).toEqual({ status: 200, body: '[+]caches ok\n[+]shards ok\nok\n' })
})

test('not ready says why', async () => {
  const { status, body } = await get(
    { caches: () => 'images not read yet', shards: () => undefined },
    '/readyz?verbose',
  )
  expect(status).toBe(503)
  expect(body).toContain('[-]caches failed: images not read yet')
})

test('a check that throws is a failure, not a crash', async () => {
  const check = () => {
    throw new Error('broken')
  }
  expect(await get({ check }, '/readyz')).toMatchObject({ status: 503, body: '[-]check failed: broken\nnot ok\n' })
})

test('healthy while the event loop turns', async () => {
  expect(await get({}, '/healthz')).toMatchObject({ status: 200, body: '[+]event-loop ok\nok\n' })
})

test('metrics in the format of Prometheus; nothing else is served', async () => {
  const { status, type, body } = await get({}, '/metrics')
  expect({ status, type }).toEqual({ status: 200, type: expect.stringContaining('text/plain') })
  expect(body).toContain('# TYPE workqueue_depth gauge')
  await server.close()
  expect((await get({}, '/')).status).toBe(404)
})

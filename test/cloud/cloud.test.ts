import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ImageBench } from '../contract/image-bench.ts'
import { signIn, type Target, targetOf } from '../contract/target.ts'
import { eventually } from '../support/eventually.ts'
import { type Cloud, startCloud } from './cloud.ts'

describe('the in-memory cloud', () => {
  let ahead = 0
  let cloud: Cloud
  let target: Target
  let bench: ImageBench
  const list = () => bench.client().get('/v2/images')

  beforeEach(async () => {
    ahead = 0
    const now = () => Date.now() + ahead
    cloud = await startCloud({ now, tokenSeconds: 3600 })
    target = targetOf(cloud.cloudsYaml(), { downloadPort: 0, now, elapse: () => Promise.resolve() })
    const demo = await signIn(target, 'demo')
    bench = new ImageBench(target, {
      demo,
      admin: await signIn(target, 'admin'),
      reader: await signIn(target, 'reader'),
    })
    cloud.requests.clear()
  })
  afterEach(() => cloud.stop())

  describe('log', () => {
    it('tells who asked what, and what was answered', async () => {
      const id = `req-${crypto.randomUUID()}`
      await bench.client().get('/v2/images?limit=1', { headers: { 'x-openstack-request-id': id } })
      await bench.client('reader').delete('/v2/images/nope')
      expect(cloud.requests.all()).toMatchObject([
        {
          ...{ service: 'image', method: 'GET', path: '/v2/images', query: 'limit=1', user: 'demo', project: 'demo' },
          ...{ status: 200, requestId: id, globalRequestId: id, fault: undefined },
        },
        { method: 'DELETE', path: '/v2/images/nope', user: 'reader', status: 404, globalRequestId: undefined },
      ])
      expect(cloud.requests.count({ method: 'GET', path: /^\/v2\/images/ })).toBe(1)
      expect(cloud.requests.count({ user: 'reader', status: 404 })).toBe(1)
    })
  })

  describe('faults', () => {
    it('answer with a status, as often as said, after as many as said', async () => {
      const fault = cloud.faults.add({
        match: { service: 'image', method: 'GET', path: /^\/v2\/images$/, user: 'demo' },
        skip: 1,
        times: 2,
        action: { type: 'Status', status: 429, retryAfterSeconds: 7 },
      })
      const statuses: number[] = []
      for (let at = 0; at < 4; at++) statuses.push((await list()).status)
      expect(statuses).toEqual([200, 429, 429, 200])
      expect(fault.hits).toBe(2)
      cloud.faults.add({
        times: Number.POSITIVE_INFINITY,
        action: { type: 'Status', status: 503, retryAfterSeconds: 7 },
      })
      const answer = await list()
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7'])
      cloud.faults.clear()
      expect((await list()).status).toBe(200)
    })

    it.each([
      ['ResetBefore', 0],
      ['ResetAfter', 1],
    ] as const)('%s cuts the connection, with %i effect', async (type, images) => {
      cloud.faults.add({ match: { method: 'POST', path: '/v2/images' }, action: { type } })
      await expect(bench.post({ name: 'x' })).rejects.toThrow('fetch failed')
      expect(cloud.images.named('x')).toHaveLength(images)
      expect(cloud.requests.all({ method: 'POST' })).toMatchObject([{ status: undefined, fault: type }])
    })

    it('StatusAfter has the effect and denies it', async () => {
      cloud.faults.add({ match: { method: 'POST' }, action: { type: 'StatusAfter', status: 504 } })
      expect((await bench.post({ name: 'x' })).status).toBe(504)
      expect(cloud.images.named('x')).toHaveLength(1)
    })

    it('ResetDuring cuts an upload in the middle', async () => {
      const id = await bench.makeRaw()
      cloud.faults.add({ match: { method: 'PUT', path: /file$/ }, action: { type: 'ResetDuring', bytes: 1_000_000 } })
      await expect(bench.upload(id, new Uint8Array(4_000_000))).rejects.toThrow('fetch failed')
      await eventually('it is queued again', () => cloud.images.get(id)?.status === 'queued')
      expect((await bench.upload(id, new Uint8Array(4_000_000))).status).toBe(204)
    })

    it.each([
      ['HangBefore', 0],
      ['HangAfter', 1],
    ] as const)('%s never answers, with %i effect', async (type, images) => {
      cloud.faults.add({ match: { method: 'POST' }, action: { type } })
      const answer = bench.post({ name: 'x' }).catch(() => 'cut')
      await eventually('it has arrived', () => cloud.requests.count({ method: 'POST' }) === 1)
      await eventually('the effect', () => cloud.images.named('x').length === images)
      await cloud.stop()
      expect(await answer).toBe('cut')
    })

    it('TruncatedBody breaks off, SlowBody takes its time, Delay waits', async () => {
      cloud.faults.add({ action: { type: 'TruncatedBody' } })
      await expect(list()).rejects.toThrow()
      for (const type of ['SlowBody', 'Delay'] as const) {
        cloud.faults.add({ action: { type, milliseconds: 100 } })
        const start = performance.now()
        expect((await list()).json.images).toEqual([])
        expect(performance.now() - start).toBeGreaterThan(90)
      }
    })

    it('Outage refuses connections, then heals by itself', async () => {
      cloud.faults.add({ action: { type: 'Outage', milliseconds: 200 } })
      await expect(list()).rejects.toThrow('fetch failed')
      await expect(list()).rejects.toThrow('fetch failed')
      await eventually('it is back', async () => (await list()).status === 200)
    })
  })

  it('goes away and comes back at the same address', async () => {
    await cloud.outage(true)
    await expect(list()).rejects.toThrow('fetch failed')
    await cloud.outage(false)
    expect((await list()).status).toBe(200)
  })

  it('adds latency', async () => {
    cloud.latencyMs = 60
    const start = performance.now()
    await list()
    expect(performance.now() - start).toBeGreaterThan(55)
  })

  it('revokes and expires tokens; a new password ends them', async () => {
    cloud.expireTokens(10)
    expect((await list()).status).toBe(200)
    ahead += 11_000
    expect((await list()).status).toBe(401)
    cloud.identity.tokenSeconds = 5
    const short = (await signIn(target, 'demo')).service('image')
    expect((await short.get('/v2/images')).status).toBe(200)
    cloud.revokeTokens()
    expect((await short.get('/v2/images')).status).toBe(401)
    const last = (await signIn(target, 'demo')).service('image')
    cloud.setPassword('demo', 'another')
    expect((await last.get('/v2/images')).status).toBe(401)
    await expect(signIn(target, 'demo')).rejects.toThrow('401')
  })

  it('has quotas, a size cap and a full store, if told so', async () => {
    cloud.limits.sizeCap = 10
    expect((await bench.upload(await bench.makeRaw(), 'x'.repeat(11))).status).toBe(413)
    cloud.limits.storeCapacity = 5
    expect((await bench.upload(await bench.makeRaw(), 'x'.repeat(6))).status).toBe(413)
    cloud.limits.countTotal = 2
    expect((await bench.post({})).status).toBe(413)
    cloud.limits.sizeTotal = 0
    expect((await bench.upload([...cloud.images.all()][0]?.id ?? '', new Uint8Array(2 ** 20))).status).toBe(413)
    expect((await bench.client().get('/v2/info/usage')).json).toEqual({
      usage: { image_size_total: { usage: 0, limit: 0 }, image_count_total: { usage: 2, limit: 2 } },
    })
  })

  it('forgets large contents but knows their sum', async () => {
    const id = await bench.makeRaw()
    const data = new Uint8Array(9 * 2 ** 20).fill(7)
    expect((await bench.upload(id, data)).status).toBe(204)
    const image = cloud.images.get(id)
    expect(image?.content).toBeUndefined()
    expect(image?.contentSha256).toBe(createHash('sha256').update(data).digest('hex'))
    expect((await bench.client().get(`/v2/images/${id}/file`)).status).toBe(503)
  })

  it('serves 10,000 images in pages', async () => {
    cloud.seed(10_000)
    const ids = new Set<string>()
    let path = '/v2/images?limit=1000'
    while (path) {
      const { json } = await bench.client().get(path)
      for (const image of json.images) ids.add(image.id)
      path = json.next
    }
    expect(ids.size).toBe(10_000)
    expect(cloud.requests.count()).toBe(11)
  })

  it('is driven from another process through /_lab', async () => {
    const lab = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${cloud.url}/_lab${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
      const text = await response.text()
      return text.startsWith('{') ? JSON.parse(text) : text
    }
    const { ids } = await lab('POST', '/seed', { count: 2 })
    expect(await lab('GET', `/images/${ids[0]}/data-sha256`)).toBe(createHash('sha256').update('seeded').digest('hex'))
    expect((await lab('GET', '/images')).images).toHaveLength(2)
    await lab('POST', '/faults', { match: { path: '^/v2/images' }, times: 0, action: { type: 'Status', status: 500 } })
    expect((await list()).status).toBe(500)
    expect((await list()).status).toBe(500)
    await lab('DELETE', '/faults')
    expect((await list()).status).toBe(200)
    expect((await lab('GET', '/requests?service=image&path=images$')).requests).toHaveLength(3)
    await lab('DELETE', '/requests')
    await lab('POST', '/latency', { milliseconds: 1 })
    expect(cloud.latencyMs).toBe(1)
    await lab('POST', '/tokens/revoke')
    expect((await list()).status).toBe(401)
    expect(await lab('GET', '/clouds.yaml')).toBe(cloud.cloudsYaml())
  })
})

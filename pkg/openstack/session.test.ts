import { describe, expect, it } from 'vitest'
import { CloudHealth } from './cloud-health.ts'
import { RateLimits } from './rate-limit.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()
const list = { service: 'image', method: 'GET', path: '/images' } as const

describe('Session', () => {
  it('logs in once, at the first request, for all who wait', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    expect(cloud.requests.count()).toBe(0)
    await Promise.all([session.request(list), session.request(list), session.request(list)])
    expect(cloud.requests.count({ service: 'identity', method: 'POST' })).toBe(1)
    expect(cloud.requests.count({ service: 'image', user: 'demo', status: 200 })).toBe(3)
  })

  it('sends a global request id and keeps the service’s own', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const answer = await session.request({ service: 'compute', method: 'GET', path: '/limits' })
    const [logged] = cloud.requests.all({ service: 'compute' })
    expect(logged?.globalRequestId).toMatch(/^req-/)
    expect(answer.requestId).toBe(logged?.requestId)
  })

  it.each(['demo', 'demo-appcred'])('knows who %s is', async (name) => {
    const cloud = await start()
    cloud.applicationCredential.expiresAt = Date.parse('2099-01-01T00:00:00Z')
    const { session } = open(cloud.cloudsYaml(), name)
    const identity = await session.identity()
    expect(identity).toMatchObject({ user: { name: 'demo' }, project: { id: cloud.project('demo').id } })
    const expiry = identity.credentialExpiresAt
    if (name === 'demo') expect(expiry).toBeUndefined()
    else expect(Date.parse(expiry ?? '')).toBe(Date.parse('2099-01-01T00:00:00Z'))
    expect(await session.project()).toEqual(identity.project)
  })

  it('scopes to another project', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml(), 'admin', { project: { name: 'demo' } })
    expect((await session.project()).id).toBe(cloud.project('demo').id)
  })

  it('tells services with versions and microversions, asking once', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const services = await session.services()
    expect(services.find(({ type }) => type === 'image')).toMatchObject({ version: expect.stringMatching(/^v2\./) })
    expect(services.find(({ type }) => type === 'compute')).toMatchObject({
      version: 'v2.1',
      microversions: { min: '2.1', max: '2.104' },
    })
    expect(services.find(({ type }) => type === 'block-storage')?.microversions?.max).toBe('3.71')
    const asked = cloud.requests.count()
    expect(await session.services()).toEqual(services)
    expect(cloud.requests.count()).toBe(asked)
    expect(await session.has('volumev3')).toBe(true)
    expect(await session.has('dns')).toBe(false)
  })

  it('sends microversions under the names that services know', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const compute = { service: 'compute', method: 'GET', path: '/limits', microversion: '2.93' } as const
    expect((await session.request(compute)).headers['openstack-api-version']).toBe('compute 2.93')
    const volume = { service: 'volumev3', method: 'GET', path: '/limits', microversion: '3.70' } as const
    expect((await session.request(volume)).headers['openstack-api-version']).toBe('volume 3.70')
  })

  it('renews a revoked token once, however many requests it fails', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    await session.request(list)
    cloud.revokeTokens()
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.request(list)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(cloud.requests.count({ service: 'identity', method: 'POST' })).toBe(2)
  })

  it('replaces a token before it expires', async () => {
    const cloud = await start({ tokenSeconds: 100 })
    const clock = { now: 0 }
    const { session } = open(cloud.cloudsYaml(), 'demo', { monotonic: () => clock.now })
    await session.request(list)
    clock.now = 81_000
    await session.request(list)
    expect(cloud.requests.count({ service: 'identity', method: 'POST' })).toBe(2)
    expect(cloud.requests.count({ status: 401 })).toBe(0)
  })

  it('gives up when a fresh token is refused too', async () => {
    const cloud = await start()
    cloud.faults.add({
      match: { service: 'image' },
      times: Number.POSITIVE_INFINITY,
      action: { type: 'Status', status: 401 },
    })
    const health = new CloudHealth()
    const { session } = open(cloud.cloudsYaml(), 'demo', { health })
    await expect(session.request(list)).rejects.toMatchObject({ class: 'Auth', code: 'Unauthorized', status: 401 })
    expect(cloud.requests.count({ service: 'image' })).toBe(2)
    expect(health.state).toMatchObject({ failure: { class: 'Auth' } })
    cloud.faults.clear()
    await session.request(list)
    expect(health.state).toBe('Ready')
  })

  it('says that a password is wrong, does not repeat it at once, and shows no secret', async () => {
    const cloud = await start()
    const health = new CloudHealth()
    const { session } = open(cloud.cloudsYaml().replaceAll('demopass', 'wr0ng'), 'demo', { health })
    const failure = await session.request(list).catch((error: unknown) => error)
    expect(failure).toMatchObject({ class: 'Auth', code: 'CredentialsRejected', service: 'identity', status: 401 })
    expect(String(failure)).not.toContain('wr0ng')
    await expect(session.request(list)).rejects.toBe(failure)
    expect(cloud.requests.count({ service: 'identity' })).toBe(1)
    expect(health.state).toMatchObject({ failure: { code: 'CredentialsRejected' } })
  })

  it('says that an application credential has expired', async () => {
    const cloud = await start()
    cloud.applicationCredential.expiresAt = Date.now() - 1000
    const { session } = open(cloud.cloudsYaml(), 'demo-appcred')
    await expect(session.identity()).rejects.toMatchObject({ class: 'Auth', code: 'CredentialsRejected' })
  })

  it('says that an application credential is no more, which Keystone answers with 404', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml().replaceAll(cloud.applicationCredential.id, 'revoked'), 'demo-appcred')
    const failure = await session.identity().catch((error: unknown) => error)
    expect(failure).toMatchObject({ class: 'Auth', code: 'CredentialsRejected', status: 404 })
    expect(String(failure)).toContain('Could not find Application Credential')
  })

  it('says that there is no Keystone, no endpoint, no JSON', async () => {
    const cloud = await start()
    const elsewhere = open(cloud.cloudsYaml().replaceAll('/identity/v3', '/nothing')).session
    await expect(elsewhere.request(list)).rejects.toMatchObject({ class: 'Unavailable', code: 'NotKeystone' })
    const { session } = open(cloud.cloudsYaml())
    await expect(session.request({ ...list, service: 'dns' })).rejects.toMatchObject({ code: 'NoEndpoint' })
    cloud.faults.add({ match: { service: 'image' }, action: { type: 'TruncatedBody' } })
    await expect(session.request({ ...list, idempotent: false })).rejects.toMatchObject({ class: 'Unavailable' })
  })

  it('uses endpoint overrides', async () => {
    const cloud = await start()
    const yaml = cloud
      .cloudsYaml()
      .replaceAll('    interface: public', `    dns_endpoint_override: ${cloud.url}/image/v2`)
    const { session } = open(yaml)
    expect((await session.request({ ...list, service: 'dns' })).status).toBe(200)
  })

  it('repeats what may be repeated once after a reset connection, and nothing else', async () => {
    const cloud = await start()
    const { session, images } = open(cloud.cloudsYaml())
    await session.request(list)
    cloud.faults.add({ match: { service: 'image', method: 'GET' }, action: { type: 'ResetBefore' } })
    expect((await session.request(list)).status).toBe(200)
    cloud.faults.add({ match: { service: 'image', method: 'GET' }, times: 2, action: { type: 'ResetBefore' } })
    await expect(session.request(list)).rejects.toMatchObject({ code: 'ConnectionReset' })
    cloud.faults.add({ match: { method: 'POST' }, action: { type: 'ResetAfter' } })
    const image = {
      id: '11111111-1111-4111-8111-111111111111',
      name: 'i',
      disk_format: 'raw',
      container_format: 'bare',
    }
    await expect(images.create(image)).rejects.toMatchObject({ class: 'Unavailable', code: 'ConnectionReset' })
    expect(cloud.requests.count({ service: 'image', method: 'POST' })).toBe(1)
    await expect(images.create(image)).rejects.toMatchObject({ class: 'Conflict', code: 'ImageExists' })
    cloud.faults.add({ match: { method: 'DELETE' }, action: { type: 'ResetAfter' } })
    expect(await images.remove(image.id)).toBe('Absent')
  })

  it('stands still for the whole service after Retry-After', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    await session.request(list)
    cloud.faults.add({ match: { service: 'image' }, action: { type: 'Status', status: 429, retryAfterSeconds: 1 } })
    await expect(session.request(list)).rejects.toMatchObject({ class: 'Throttled', retryAfterSeconds: 1 })
    const begun = performance.now()
    await session.request({ service: 'compute', method: 'GET', path: '/limits' })
    expect(performance.now() - begun).toBeLessThan(900)
    await session.request(list)
    expect(performance.now() - begun).toBeGreaterThan(900)
  })

  it('keeps to the pace that it is given', async () => {
    const cloud = await start()
    const limits = new RateLimits({ callsPerSecond: 20, burst: 1 })
    const { session } = open(cloud.cloudsYaml(), 'demo', { limits })
    await session.request(list)
    const begun = performance.now()
    await Promise.all(Array.from({ length: 5 }, () => session.request(list)))
    expect(performance.now() - begun).toBeGreaterThan(200)
  })

  it('ends a call that lasts too long, and one whose caller gives up', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    await session.request(list)
    const hang = { match: { service: 'image' }, action: { type: 'HangBefore' } } as const
    cloud.faults.add(hang)
    await expect(session.request({ ...list, timeoutMs: 50 })).rejects.toMatchObject({ code: 'Timeout' })
    cloud.faults.add(hang)
    const enough = new AbortController()
    const pending = session.request({ ...list, signal: enough.signal })
    setTimeout(() => enough.abort(new Error('enough')), 50)
    await expect(pending).rejects.toThrow('enough')
    await expect(session.request({ ...list, signal: enough.signal })).rejects.toThrow('enough')
  })

  it('tells of every exchange', async () => {
    const cloud = await start()
    const calls: string[] = []
    const onCall = ({ service, method, status }: { service: string; method: string; status?: number }) =>
      calls.push(`${service} ${method} ${status ?? 'none'}`)
    const { session } = open(cloud.cloudsYaml(), 'demo', { onCall })
    await session.request({ ...list, path: '/images/nope', accept: [404] })
    await cloud.outage(true)
    await expect(session.request({ ...list, idempotent: false })).rejects.toMatchObject({ class: 'Unavailable' })
    expect(calls).toEqual(['identity POST 201', 'image GET 404', 'image GET none'])
  })
})

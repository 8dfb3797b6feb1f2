import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { request } from 'undici'
import { beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from './install.ts'
import { type OpenStack, startOpenStack } from './openstack.ts'

interface Cloud {
  auth: Record<string, string>
}

let cloud: OpenStack

async function token(name: string): Promise<{ id: string; catalog: { type: string; endpoints: { url: string }[] }[] }> {
  const { clouds } = load(readFileSync(cloud.cloudsYaml, 'utf8')) as { clouds: Record<string, Cloud> }
  const { auth } = clouds[name] as Cloud
  const domain = { name: 'Default' }
  const identity = auth['application_credential_id']
    ? {
        methods: ['application_credential'],
        application_credential: {
          id: auth['application_credential_id'],
          secret: auth['application_credential_secret'],
        },
      }
    : {
        methods: ['password'],
        password: { user: { name: auth['username'], domain, password: auth['password'] } },
      }
  const scope = auth['project_name'] && { project: { name: auth['project_name'], domain } }
  const answer = await request(`${auth['auth_url']}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, ...(scope && { scope }) } }),
  })
  const body = (await answer.body.json()) as { token: Omit<Awaited<ReturnType<typeof token>>, 'id'> }
  expect(answer.statusCode, JSON.stringify(body)).toBe(201)
  return { id: answer.headers['x-subject-token'] as string, ...body.token }
}

async function images(
  method: 'GET' | 'POST',
  user: string,
  body?: object,
): Promise<{ status: number; names: string[] }> {
  const headers = { 'x-auth-token': (await token(user)).id, 'content-type': 'application/json' }
  const answer = await request(`${cloud.url('glance')}/v2/images`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.body.text()
  if (answer.statusCode >= 400) return { status: answer.statusCode, names: [] }
  const json = JSON.parse(text) as { images?: { name: string }[] }
  return { status: answer.statusCode, names: (json.images ?? []).map(({ name }) => name) }
}

describe.skipIf(whyNoOpenStack())('a real OpenStack', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    cloud = await startOpenStack({ services: ['glance'] })
    return async () => {
      await cloud.stop()
      expect(cloud.pids()).toEqual([])
    }
  }, 600_000)

  it.each(['admin', 'demo', 'demo2', 'reader', 'demo-appcred'])('lets %s log in and list images', async (user) => {
    expect(await images('GET', user)).toEqual({ status: 200, names: ['desktop-base'] })
  })

  it('has its own addresses in the catalogue', async () => {
    const { catalog } = await token('demo')
    const urls = Object.fromEntries(
      catalog.map(({ type, endpoints }) => [type, new Set(endpoints.map(({ url }) => url))]),
    )
    expect(urls).toEqual({ identity: new Set([cloud.authUrl]), image: new Set([cloud.url('glance')]) })
  })

  it('serves the bytes of the seeded image', async () => {
    const headers = { 'x-auth-token': (await token('demo')).id }
    const list = await request(`${cloud.url('glance')}/v2/images`, { headers })
    const [image] = ((await list.body.json()) as { images: { id: string }[] }).images
    const file = await request(`${cloud.url('glance')}/v2/images/${image?.id}/file`, { headers })
    expect(
      Buffer.from(await file.body.arrayBuffer())
        .subarray(0, 3)
        .toString(),
    ).toBe('vdi')
  })

  it('refuses a write by a reader', async () => {
    expect((await images('POST', 'reader', { name: 'refused' })).status).toBe(403)
  })

  it('forgets on reset what was made', async () => {
    expect((await images('POST', 'demo', { name: 'passing' })).status).toBe(201)
    expect((await images('GET', 'demo')).names).toContain('passing')
    await cloud.reset()
    expect((await images('GET', 'demo')).names).toEqual(['desktop-base'])
  })

  it('comes back after Glance was stopped, and after Keystone was killed', async () => {
    await cloud.stopService('glance-api')
    await expect(images('GET', 'demo')).rejects.toThrow(/ECONN(REFUSED|RESET)/)
    await cloud.startService('glance-api')
    await cloud.killService('keystone')
    await expect(images('GET', 'demo')).rejects.toThrow(/ECONN(REFUSED|RESET)/)
    await cloud.startService('keystone')
    expect((await images('GET', 'demo')).status).toBe(200)
  })
})

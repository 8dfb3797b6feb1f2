import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from 'js-yaml'
import { request } from 'undici'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, signIn, targetOf } from '../../../test/contract/target.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { startTimeOf } from '../process-table.ts'
import { whyNoOpenStack } from './install.ts'
import { type OpenStack, startOpenStack } from './openstack.ts'
import type { ServiceProcess } from './services.ts'

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

describe.skipIf(whyNoOpenStack())('all services of a real OpenStack', { timeout: 900_000 }, () => {
  /** The cloud in a process of its own, which starts and stops services as lines on its input say. */
  const script = `
    import { createInterface } from 'node:readline'
    import { startOpenStack } from '${new URL('./openstack.ts', import.meta.url).pathname}'
    const cloud = await startOpenStack()
    console.log(JSON.stringify({ pids: cloud.pids(), directory: cloud.directory, cloudsYaml: cloud.cloudsYaml }))
    for await (const line of createInterface({ input: process.stdin })) {
      const [method, service] = line.split(' ')
      await cloud[method](service)
      console.log('done')
    }`
  let harness: ChildProcessByStdio<Writable, Readable, null>
  let lines: Interface
  let running: { pids: number[]; directory: string; cloudsYaml: string }
  let compute: Client

  const nextLine = async () => ((await once(lines, 'line')) as [string])[0]
  const order = async (method: 'stopService' | 'startService', service: ServiceProcess) => {
    harness.stdin.write(`${method} ${service}\n`)
    expect(await nextLine()).toBe('done')
  }

  beforeAll(async () => {
    const program = ['--input-type=module-typescript', '-e', script]
    harness = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] })
    lines = createInterface({ input: harness.stdout })
    running = JSON.parse(await nextLine()) as typeof running
    const yaml = readFileSync(running.cloudsYaml, 'utf8')
    const target = targetOf(yaml, { downloadPort: 0, now: Date.now, elapse: (milliseconds) => sleep(milliseconds) })
    compute = (await signIn(target, 'admin')).service('compute')
    return () => void harness.kill('SIGKILL')
  }, 900_000)

  it('fails in each of three computes what a server tells it to', async () => {
    const { flavors } = (await compute.get('/flavors')).json as { flavors: { id: string; name: string }[] }
    const flavorRef = flavors.find(({ name }) => name === 'tiny')?.id
    const { images: found } = (await compute.get('/images')).json as { images: { id: string }[] }
    const server = { name: 'refused', flavorRef, imageRef: found[0]?.id, networks: 'none' }
    const made = await compute.request('POST', '/servers', {
      headers: { 'openstack-api-version': 'compute 2.90' },
      json: { server: { ...server, metadata: { 'vdi:fail': 'spawn' } } },
    })
    expect(made.status, made.text).toBe(202)
    const path = `/servers/${made.json.server.id}`
    const failed = await eventually('ERROR', async () => {
      const { json } = await compute.get(path)
      return json.server.status === 'ERROR' && json.server
    })
    expect(failed.fault.message).toContain('Exceeded maximum number of retries')
    expect((await compute.delete(path)).status).toBe(204)
  })

  it('loses a compute and gets it back', async () => {
    const states = async () => {
      const { services } = (await compute.get('/os-services?binary=nova-compute')).json
      return services.map(({ host, state }: { host: string; state: string }) => `${host} ${state}`)
    }
    expect(new Set(await states())).toEqual(new Set(['compute1 up', 'compute2 up', 'compute3 up']))
    await order('stopService', 'nova-compute2')
    await eventually('down', async () => (await states()).includes('compute2 down'))
    expect(await states()).toContain('compute1 up')
    await order('startService', 'nova-compute2')
    await eventually('up', async () => (await states()).includes('compute2 up'))
  })

  it('end with the process that started them, even if it is killed', async () => {
    const { pids, directory } = running
    expect(pids.length).toBeGreaterThan(25)
    harness.kill('SIGKILL')
    await eventually('all gone', () => pids.every((pid) => startTimeOf(pid) === undefined))
    await eventually('the directory removed', () => !existsSync(directory))
  })
})

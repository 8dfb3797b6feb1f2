import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import type { ServiceProcess } from '../../hack/lab/cloud/services.ts'
import { START_MS } from '../e2e/harness.ts'
import type { OperatorProcess } from '../e2e/operator-process.ts'
import { conditionOf, sha256 } from '../e2e/tenant-objects.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'
import type { RealTenant } from './real-tenant.ts'

let stage: RealStage
let operator: OperatorProcess
beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start()
  operator = await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const bytes = (size = 300_000) => randomBytes(size)

describe.skipIf(whyNoOpenStack())('what the cloud refuses', () => {
  it('an emoji in the name stalls with Glance’s own words, and a changed spec heals', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { imageName: 'party 🎉' })
    const { message } = await tenant.reason('a', 'InvalidSpec')
    expect(conditionOf(await tenant.existing('a'), 'Stalled')?.status).toBe('True')
    expect(message).toMatch(/Glance.*\S/)
    await tenant.applyHttp('a', url, { imageName: 'party' })
    await tenant.ready('a')
    expect((await tenant.theImage('a')).name).toBe('party')
  })

  it('what is merely unusual is just taken', async () => {
    const tenant = await stage.tenant()
    const imageName = `"quoted" 'and'\nbroken ${'ü'.repeat(255)}`.slice(0, 255)
    const many = Object.fromEntries(Array.from({ length: 126 }, (_, at) => [`key_${at}`, `${at}`]))
    const properties = { ...many, long: 'ü'.repeat(32_767) }
    const url = tenant.publish('a.raw', bytes())
    await tenant.applyHttp('a', url, { imageName, properties })
    await tenant.ready('a')
    expect(await tenant.theImage('a')).toMatchObject({ name: imageName, ...properties })
  })

  it.each([
    ['auxo_mark', /reserved/],
    ['os_glance_import_task', /reserved/],
    ['stores', /reserved/],
    ['hidden', /reserved/],
  ])('the property %s is refused before anything is stored', async (key, message) => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a.raw', bytes(10))
    await expect(tenant.applyHttp('a', url, { properties: { [key]: 'x' } })).rejects.toThrow(message)
  })

  it('a member may not publish: the message is Glance’s', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()), { visibility: 'Public' })
    const { message } = await tenant.reason('a', 'Refused')
    expect(message).toMatch(/publicize|policy|permit|forbidden|authorized/i)
    expect(await tenant.imagesOf('a')).toEqual([])
    await tenant.remove('a')
  })

  it('bytes that are no qcow2 are refused, and nothing usable is left', async () => {
    const tenant = await stage.tenant()
    await tenant.applyHttp('a', tenant.publish('a.qcow2', bytes()), { diskFormat: 'qcow2' })
    await tenant.reason('a', 'FormatMismatch')
    expect((await tenant.imagesOf('a')).filter(({ status }) => status === 'active')).toEqual([])
    await tenant.remove('a')
    expect(await tenant.imagesOf('a')).toEqual([])
  })
})

describe.skipIf(whyNoOpenStack())('credentials', () => {
  const credentials = (cloudName: string) => ({ secretRef: { name: 'vdi-cloud' }, cloudName })

  it('an application credential does as well as a password', async () => {
    const tenant = await stage.tenant({ cloudName: 'demo-appcred' })
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()))
    await tenant.ready('a')
    expect((await tenant.theImage('a')).status).toBe('active')
    await tenant.remove('a')
  })

  it('a credential is scoped to another project', async () => {
    const tenant = await stage.tenant({ connected: false })
    await tenant.applySecret()
    await tenant.applyCloud({ credentials: credentials('admin'), project: { name: 'demo' } })
    await tenant.cloudReason('Connected')
    expect((await tenant.cloudObject())?.status?.project?.name).toBe('demo')
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()))
    await tenant.ready('a')
    expect((await tenant.theImage('a'))['owner']).toBe((await stage.signIn('demo')).projectId)
    await tenant.remove('a')
  })

  it('a wrong password is told once for all, and a new Secret heals', async () => {
    const tenant = await stage.tenant({ connected: false })
    await tenant.applySecret(stage.cloudsYaml.replace('demopass', 'wrong'))
    await tenant.applyCloud()
    const { message } = await tenant.cloudReason('CredentialsRejected')
    expect(message).toMatch(/Secret "vdi-cloud".*correct cloud "demo" in clouds.yaml$/)
    expect(message).not.toContain('wrong')
    await tenant.applyHttp('a', tenant.publish('a.raw', bytes()))
    await tenant.reason('a', 'CredentialsRejected')
    expect(conditionOf(await tenant.existing('a'), 'Stalled')).toBeUndefined()
    await tenant.applySecret()
    await tenant.ready('a')
  })

  it('a revoked application credential says so, harms nothing, and is rotated', async () => {
    const { token, userId } = await stage.signIn('demo')
    const made = await applicationCredential(token, userId)
    const tenant = await stage.tenant({ connected: false })
    await tenant.applySecret(cloudsYamlOf(made))
    await tenant.applyCloud()
    const content = bytes()
    await tenant.applyHttp('a', tenant.publish('a.raw', content))
    const { id } = (await tenant.ready('a')).status ?? {}
    const revoked = await keystone('DELETE', `/users/${userId}/application_credentials/${made.id}`, token)
    expect(revoked.status).toBe(204)
    // Glance remembers for minutes which tokens were good.
    await stage.openstack.killService('glance-api')
    await stage.openstack.startService('glance-api')
    await tenant.delete('a')
    await tenant.cloudReason('CredentialsRejected')
    // What cannot be proved gone is not let go.
    expect(await tenant.existing('a')).toMatchObject({ metadata: { finalizers: [expect.any(String)] } })
    expect(await tenant.imageStatus(id ?? '')).toBe('active')
    await tenant.applySecret(cloudsYamlOf(await applicationCredential(token, userId)))
    await tenant.gone('a')
    expect(await tenant.imageStatus(id ?? '')).toBeUndefined()
  })
})

interface ApplicationCredential {
  id: string
  secret: string
}

async function keystone(method: string, path: string, token: string, body?: object): Promise<Response> {
  const headers = { 'x-auth-token': token, 'content-type': 'application/json' }
  return await fetch(`${stage.openstack.authUrl}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function applicationCredential(token: string, userId: string): Promise<ApplicationCredential> {
  const body = { application_credential: { name: `test-${performance.now()}`, roles: [{ name: 'member' }] } }
  const answer = await keystone('POST', `/users/${userId}/application_credentials`, token, body)
  const { application_credential: made } = (await answer.json()) as { application_credential: ApplicationCredential }
  return made
}

function cloudsYamlOf({ id, secret }: ApplicationCredential): string {
  const auth = {
    auth_url: stage.openstack.authUrl,
    application_credential_id: id,
    application_credential_secret: secret,
  }
  return JSON.stringify({ clouds: { demo: { auth_type: 'v3applicationcredential', auth } } })
}

describe.skipIf(whyNoOpenStack())('SIGKILL of the operator', () => {
  /** Waits until the image is in one of the states, looking as often as it can. */
  const inState = (tenant: RealTenant, ...states: string[]) =>
    eventually(
      `the image is ${states}`,
      async () => (await tenant.imagesOf('a')).some(({ status }) => states.includes(status)),
      { intervalMs: 2 },
    )

  it.each([
    { point: 'when the image is registered', states: ['queued', 'saving', 'active'] },
    { point: 'in the middle of the upload', states: ['saving'] },
    { point: 'when the image is active', states: ['active'] },
  ])('$point: one image, the right bytes', async ({ states }) => {
    const tenant = await stage.tenant()
    const content = bytes(6_000_000)
    const url = tenant.publish('a.raw', content)
    if (states.includes('saving')) tenant.www.fault(new URL(url).pathname, { bytesPerSecond: 4_000_000 })
    await tenant.applyHttp('a', url)
    await inState(tenant, ...states)
    await operator.kill()
    await operator.start()
    const { status } = await tenant.ready('a')
    const made = await tenant.theImage('a')
    expect(made.id).toBe(status?.id)
    expect(await tenant.downloaded(made.id)).toBe(sha256(content))
    await tenant.delete('a')
    await operator.kill()
    await operator.start()
    await tenant.gone('a')
    expect(await tenant.imagesOf('a')).toEqual([])
    expect(tenant.stored(made.id)).toBeUndefined()
  })
})

describe.skipIf(whyNoOpenStack())('an outage of', () => {
  it.each<{ service: ServiceProcess }>([{ service: 'glance-api' }, { service: 'keystone' }])(
    '$service heals without anybody touching it',
    async ({ service }) => {
      const tenant = await stage.tenant()
      const before = bytes()
      await tenant.applyHttp('a', tenant.publish('a.raw', before))
      const { id } = (await tenant.ready('a')).status ?? {}
      await stage.openstack.killService(service)
      const url = tenant.publish('b.raw', before)
      try {
        await tenant.applyHttp('b', url)
        await tenant.delete('a')
        if (service === 'glance-api') await tenant.reason('b', 'CloudUnavailable')
        expect(conditionOf(await tenant.existing('b'), 'Stalled')).toBeUndefined()
      } finally {
        await stage.openstack.startService(service)
      }
      const { status } = await tenant.ready('b')
      await tenant.gone('a')
      expect(await tenant.imageStatus(id ?? '')).toBeUndefined()
      expect(await tenant.downloaded(status?.id ?? '')).toBe(sha256(before))
    },
  )
})

describe.skipIf(whyNoOpenStack())('a Cloud’s status', () => {
  it('lists the services that there are, and is Ready without the others', async () => {
    const tenant = await stage.tenant()
    await tenant.cloudReason('Connected')
    const { status } = (await eventually('the services are known', async () => {
      const cloud = await tenant.cloudObject()
      return (cloud?.status?.services?.length ?? 0) > 0 ? cloud : undefined
    })) as NonNullable<Awaited<ReturnType<typeof tenant.cloudObject>>>
    expect(status?.services?.map(({ type }) => type).sort()).toEqual(['identity', 'image'])
    expect(status?.services?.every(({ url, version }) => url && version)).toBe(true)
    expect(status?.user).toBe('demo')
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Fault } from '../../hack/lab/www/fault.ts'
import { secretType } from '../../pkg/kube/core-types.ts'
import { KubeError } from '../../pkg/kube/errors.ts'
import { eventually } from '../support/eventually.ts'
import { START_MS, Stage } from './harness.ts'
import { conditionOf, sha256, type Tenant } from './tenant.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
  await stage.operator({ 'resync-seconds': '5' })
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const content = randomBytes(1 << 20)

interface CloudCase {
  name: string
  /** Makes it wrong; then the Cloud is made. */
  wrong: (tenant: Tenant) => Promise<unknown>
  reason: string
  message: RegExp
  /** Only a changed spec or Secret can help. */
  stalled: boolean
  /** Makes it right again, where that is more than the right Secret. */
  heal?: (tenant: Tenant) => Promise<unknown>
}

const yaml = (tenant: Tenant, change: (text: string) => string) => tenant.applySecret(change(tenant.cloud.cloudsYaml()))

const clouds: CloudCase[] = [
  {
    name: 'an unknown cloud name',
    wrong: async (tenant) => {
      await tenant.applySecret()
      await tenant.applyCloud({ credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'dmeo' } })
    },
    reason: 'CredentialsInvalid',
    message: /^Secret "vdi-cloud": clouds\.yaml has no cloud "dmeo"; it has: admin, demo, demo2, reader, demo-appcred$/,
    stalled: true,
    heal: (tenant) => tenant.applyCloud(),
  },
  {
    name: 'no Secret',
    wrong: async () => {},
    reason: 'CredentialsMissing',
    message: /^there is no Secret "vdi-cloud" in this namespace; make it, or correct secretRef$/,
    stalled: false,
  },
  {
    name: 'a missing key in the Secret',
    wrong: ({ client, namespace }) =>
      client.create(secretType, {
        metadata: { namespace, name: 'vdi-cloud' },
        type: 'vdi.auxo.dev/clouds',
        data: { 'clouds.yml': '' },
      }),
    reason: 'CredentialsMissing',
    message: /^Secret "vdi-cloud" has no key clouds\.yaml; add it$/,
    stalled: false,
  },
  {
    name: 'a Secret of another type',
    wrong: (tenant) => tenant.applySecret(tenant.cloud.cloudsYaml(), 'Opaque'),
    reason: 'CredentialsInvalid',
    message: /^Secret "vdi-cloud" has type Opaque; make it anew with type vdi\.auxo\.dev\/clouds$/,
    stalled: true,
    heal: async (tenant) => {
      await tenant.deleteSecret()
      await tenant.applySecret()
    },
  },
  {
    name: 'broken YAML',
    wrong: (tenant) => tenant.applySecret('clouds:\n  demo:\n   auth: {password: geheim\n  x'),
    reason: 'CredentialsInvalid',
    message: /^Secret "vdi-cloud": clouds\.yaml is not valid YAML, line 4: /,
    stalled: true,
  },
  {
    name: 'an empty clouds.yaml',
    wrong: (tenant) => tenant.applySecret(''),
    reason: 'CredentialsInvalid',
    message: /^Secret "vdi-cloud": clouds\.yaml is empty$/,
    stalled: true,
  },
  {
    name: 'a wrong password',
    wrong: (tenant) => yaml(tenant, (text) => text.replaceAll('demopass', 'wrongpass')),
    reason: 'CredentialsRejected',
    message: /^Secret "vdi-cloud": Keystone refuses the credential: .*; correct cloud "demo" in clouds\.yaml$/,
    stalled: false,
  },
  {
    name: 'an expired application credential',
    wrong: async (tenant) => {
      tenant.cloud.applicationCredential.expiresAt = Date.now() - 1000
      await tenant.applySecret()
      await tenant.applyCloud({ credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'demo-appcred' } })
    },
    reason: 'CredentialsRejected',
    message: /^Secret "vdi-cloud": Keystone refuses the credential: .*; correct cloud "demo-appcred" in clouds\.yaml$/,
    stalled: false,
    heal: (tenant) => tenant.applyCloud(),
  },
  {
    name: 'an unreachable auth_url',
    wrong: (tenant) => yaml(tenant, (text) => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1')),
    reason: 'CloudUnavailable',
    message: /^http:\/\/127\.0\.0\.1:1 refuses connections/,
    stalled: false,
  },
  {
    name: 'an auth_url to a metadata address',
    wrong: (tenant) => yaml(tenant, (text) => text.replaceAll(/127\.0\.0\.1:\d+/g, '169.254.169.254')),
    reason: 'AddressRefused',
    message:
      /^169\.254\.169\.254 is refused: it is a metadata service\. An administrator can allow it with --allow-addresses/,
    stalled: true,
  },
]

describe.concurrent('a Cloud with', () => {
  it.for(clouds)('$name', { timeout: 60_000 }, async ({ wrong, reason, message, stalled, heal }) => {
    const tenant = await stage.tenant({ connected: false })
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.reason('a', 'CloudNotFound')
    await wrong(tenant)
    if ((await tenant.cloudObject()) === undefined) await tenant.applyCloud()
    const said = await tenant.cloudReason(reason)
    expect(said.message).toMatch(message)
    expect(said.message).not.toMatch(/demopass|wrongpass|geheim|appcredsecret/)
    const object = await tenant.cloudObject()
    expect(object && conditionOf(object, 'Stalled')?.status).toBe(stalled ? 'True' : undefined)
    const { message: told } = await tenant.reason('a', reason)
    expect(told).toContain('Cloud "vdi": ')
    await (heal ?? ((one: Tenant) => one.applySecret()))(tenant)
    await rightImage(tenant)
  })
})

interface ImageCase {
  name: string
  /** How the web server serves the file. */
  fault?: Fault
  spec?: Partial<Image['spec']> & { http?: object }
  prepare?: (tenant: Tenant) => unknown
  reason: string
  message: RegExp
  /** Only a changed spec or file can help. */
  stalled?: boolean
  /** Makes it right; left out where only a new Image can be right. */
  heal?: (tenant: Tenant, path: string) => unknown
}

const served = (_: Tenant, path: string) => stage.www.fault(path, undefined)

const images: ImageCase[] = [
  {
    name: 'a URL that is not there',
    fault: { status: 404 },
    reason: 'SourceRefused',
    message: /^http:\/\/127.+\/a is not there \(HTTP 404\)$/,
    heal: served,
  },
  {
    name: 'a URL that may not be read',
    fault: { status: 403 },
    reason: 'SourceRefused',
    message: /^http:\/\/127.+\/a may not be read with these credentials: see secretRef \(HTTP 403\)$/,
    heal: served,
  },
  {
    name: 'a URL that fails',
    fault: { status: 503 },
    reason: 'SourceUnavailable',
    message: /^http:\/\/127.+\/a cannot be served just now \(HTTP 503\)$/,
    heal: served,
  },
  {
    name: 'a directory page',
    fault: { directoryPage: true },
    reason: 'SourceRefused',
    message: /^http:\/\/127.+\/a is a web page, not a file: is the URL that of the file itself\?$/,
    stalled: true,
    heal: served,
  },
  {
    name: 'a file that is shorter than said',
    fault: { lengthOff: 1000 },
    reason: 'SourceUnavailable',
    message: new RegExp(
      `/a has only ${content.length} bytes, after ${content.length} of the ${content.length + 1000} bytes that were announced$`,
    ),
    heal: served,
  },
  {
    name: 'a file that is longer than said',
    fault: { lengthOff: -1000 },
    spec: { http: { checksum: { algorithm: 'SHA256', value: sha256(content) } } },
    reason: 'ChecksumMismatch',
    message: new RegExp(`^the SHA256 checksum of http:.+ is [0-9a-f]{64}, but ${sha256(content)} was asked for`),
    stalled: true,
    heal: served,
  },
  {
    name: 'a file that never ends',
    fault: { endless: true },
    prepare: ({ cloud }) => Object.assign(cloud.limits, { sizeCap: 8 << 20 }),
    reason: 'QuotaExceeded',
    message: /^Glance has no room for the data: The incoming image is too large/,
    heal: served,
  },
  {
    name: 'a checksum that is not the file’s',
    spec: { http: { checksum: { algorithm: 'SHA256', value: 'ab'.repeat(32) } } },
    reason: 'ChecksumMismatch',
    message: new RegExp(`^the SHA256 checksum of http:.+ is ${sha256(content)}, but (ab){32} was asked for`),
    stalled: true,
  },
  {
    name: 'a format that is not the file’s',
    spec: { diskFormat: 'qcow2' },
    reason: 'FormatMismatch',
    message:
      /^the file is said to be qcow2 but is raw; correct the file, or make a new Image with the right diskFormat$/,
    stalled: true,
  },
  {
    name: 'an emoji in the name',
    spec: { imageName: 'Windows 🪟' },
    reason: 'InvalidSpec',
    message: /^Glance refuses the image: Name can't contain 4 byte unicode characters\.$/,
    stalled: true,
    heal: (tenant) => tenant.applyHttp('a', tenant.publish('a', content), { imageName: 'Windows' }),
  },
  {
    name: 'a URL to a metadata address',
    spec: { http: { url: 'http://169.254.169.254/latest/meta-data' } },
    reason: 'AddressRefused',
    message: /^169\.254\.169\.254 is refused: it is a metadata service\. An administrator can allow it/,
    stalled: true,
  },
  {
    name: 'a project whose quota is used up',
    prepare: ({ cloud }) => Object.assign(cloud.limits, { countTotal: 0 }),
    reason: 'QuotaExceeded',
    message: /^a limit of Glance is reached: Project [0-9a-f]+ is over a limit for \[Resource image_count_total/,
    heal: ({ cloud }) => Object.assign(cloud.limits, { countTotal: 10 }),
  },
  {
    name: 'a store that is full',
    prepare: ({ cloud }) => Object.assign(cloud.limits, { storeCapacity: 1000 }),
    reason: 'QuotaExceeded',
    message: /^Glance has no room for the data: Image storage media is full/,
    heal: ({ cloud }) => Object.assign(cloud.limits, { storeCapacity: 1 << 30 }),
  },
]

describe.concurrent('an Image with', () => {
  it.for(images)('$name', { timeout: 60_000 }, async ({ fault, spec, prepare, reason, message, stalled, heal }) => {
    const tenant = await stage.tenant()
    await prepare?.(tenant)
    const url = tenant.publish('a', content)
    const path = new URL(url).pathname
    stage.www.fault(path, fault)
    await tenant.applyHttp('a', url, spec)
    const said = await tenant.reason('a', reason)
    expect(said).toMatchObject({ message: expect.stringMatching(message), status: 'False' })
    expect(conditionOf(await tenant.existing('a'), 'Stalled')?.status).toBe(stalled ? 'True' : undefined)
    expect([...tenant.cloud.images.all()].filter((image) => image.status === 'active')).toEqual([])
    if (heal !== undefined) {
      await heal(tenant, path)
      await tenant.annotate('a', { 'vdi.auxo.dev/refresh': 'now' })
      await rightImage(tenant)
    }
    await tenant.remove('a')
    expect([...tenant.cloud.images.all()]).toEqual([])
  })

  it('a file that cannot be had is asked for with growing pauses', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a', content)
    const { pathname } = new URL(url)
    stage.www.fault(pathname, { status: 404 })
    // Until then each word of the cloud wakes the object.
    await tenant.cloudReason('Connected')
    const asked = () => stage.www.requests.filter(({ path }) => path === pathname).length
    await tenant.applyHttp('a', url)
    await eventually('it was asked for', () => asked() >= 1)
    const since = performance.now()
    await eventually('it was asked for again, and again', () => asked() >= 4)
    expect(performance.now() - since).toBeGreaterThan(2_500)
  })

  it('no room in Glance is not filled with requests', async () => {
    const tenant = await stage.tenant()
    tenant.cloud.limits.sizeCap = content.length - 1
    await tenant.cloudReason('Connected')
    await tenant.applyHttp('a', tenant.publish('a', content))
    await tenant.reason('a', 'QuotaExceeded')
    await tenant.applyHttp('b', tenant.publish('b', content.subarray(0, 1000)))
    await tenant.ready('b')
    await tenant.remove('b')
    expect(tenant.cloud.requests.count({ method: 'PUT', status: 413 })).toBe(1)
  })

  it('a name of 255 characters with quotes and newlines is just a name', async () => {
    const tenant = await stage.tenant()
    const imageName = `"Übung"\n'§'\t\\ `.padEnd(255, 'ß')
    await tenant.applyHttp('a', tenant.publish('a', content), { imageName })
    expect((await tenant.ready('a')).status?.name).toBe(imageName)
    expect(tenant.theImage(imageName).contentSha256).toBe(sha256(content))
  })

  it('data that Glance loses on the way (410) is sent again into a new image', async () => {
    const tenant = await stage.tenant()
    const url = tenant.publish('a', content)
    stage.www.fault(new URL(url).pathname, { stallAfter: 500_000, times: 1 })
    await tenant.applyHttp('a', url)
    const half = await tenant.when('a', ({ status }) => (status?.progress?.bytes ?? 0) > 0)
    tenant.cloud.images.remove(tenant.theImage('a'))
    await tenant.annotate('a', { 'vdi.auxo.dev/refresh': 'now' })
    await rightImage(tenant)
    expect((await tenant.existing('a')).status?.id).not.toBe(half.status?.id)
  })
})

describe.concurrent('what the API server refuses says why:', () => {
  const http = { url: 'https://images.example/a.qcow2' }
  const refused = [
    {
      name: 'a checksum of the wrong length',
      spec: { http: { checksum: { algorithm: 'SHA256', value: 'abcd' } } },
      message: 'value must have 128 hexadecimal digits for SHA512, 64 for SHA256, 32 for MD5',
    },
    ...['os_glance_task', 'auxo_mark'].map((key) => ({
      name: `the property ${key}`,
      spec: { properties: { [key]: 'x' } },
      message: 'keys that begin with auxo_ or os_glance_ are reserved',
    })),
    ...['stores', 'hidden'].map((key) => ({
      name: `the property ${key}`,
      spec: { properties: { [key]: 'x' } },
      message: 'a key is reserved by Glance; name, tags, visibility',
    })),
  ]
  it.for(refused)('$name', async ({ spec, message }) => {
    const tenant = await stage.tenant({ connected: false })
    const error = await tenant.applyHttp('a', http.url, spec).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(KubeError)
    expect(error).toMatchObject({ status: 422, message: expect.stringContaining(message) })
  })
})

async function rightImage(tenant: Tenant): Promise<void> {
  const { status } = await tenant.ready('a')
  expect(tenant.theImage('a')).toMatchObject({ id: status?.id, status: 'active', contentSha256: sha256(content) })
}

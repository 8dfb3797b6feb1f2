import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type ApiServer, type CallOptions, dryRun, type Manifest, pathOf } from './api-server.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { allow, bind } from './roles.ts'

const TICKET = 'vdi.auxo.dev/upload-ticket'
const DAY = 24 * 3600 * 1000
const API = 'vdi.auxo.dev/v1alpha1'

/** May do all with Images, Clouds and Desktops. Not to upload, and to read one Secret only. */
const author = { user: 'author' }
/** An editor of the namespace. May read all its Secrets, by the cluster's own role. */
const editor = { user: 'editor' }
const operator = { user: 'system:serviceaccount:auxo-system:auxo', groups: ['system:serviceaccounts'] }

let cluster: Cluster
let api: ApiServer
beforeAll(async () => {
  cluster = await startCluster({ controllers: true })
  api = cluster.api
  await allow(api, 'author', [
    {
      apiGroups: ['vdi.auxo.dev'],
      resources: ['images', 'clouds', 'desktops'],
      verbs: ['create', 'update', 'patch', 'get', 'delete'],
    },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['allowed'], verbs: ['get'] },
  ])
  await bind(api, 'editor', 'edit')
  await eventually('the editor may upload', async () => (await ticket({ as: editor })).code === 200)
}, BUILD_MS)
afterAll(async () => await cluster[Symbol.asyncDispose]())

describe('upload ticket', () => {
  test('is refused to those who may not update images/upload', async () => {
    const { code, body } = await ticket({ as: author })
    expect(code).toBe(403)
    expect(body.message).toContain(
      'user author may not upload to the Image desktops/target: it takes the verb update on images/upload',
    )
  })

  test('is refused to them at creation too', async () => {
    const { code, body } = await api.create(image('new', { annotation: valid() }), { as: author, query: dryRun })
    expect(code).toBe(403)
    expect(body.message).toContain('user author may not upload to the Image desktops/new')
  })

  test('lets those pass who may, by patch, by apply and at creation', async () => {
    expect(await ticket({ as: editor })).toMatchObject({ code: 200 })
    expect(await api.apply(image('target', { annotation: valid() }), { as: editor, query: dryRun })).toMatchObject({
      code: 200,
    })
    expect(await api.create(image('new', { annotation: valid() }), { as: editor, query: dryRun })).toMatchObject({
      code: 201,
    })
  })

  test.each([
    ['no hash', expiry(DAY)],
    ['the ticket itself', `secret ${expiry(DAY)}`],
    ['a short hash', `sha256:${'a'.repeat(63)} ${expiry(DAY)}`],
    ['capital digits', `sha256:${'A'.repeat(64)} ${expiry(DAY)}`],
    ['no expiry', `sha256:${'a'.repeat(64)}`],
    ['a date without time', `sha256:${'a'.repeat(64)} 2026-01-01`],
    ['a time without zone', `sha256:${'a'.repeat(64)} 2026-01-01T00:00:00`],
    ['more behind it', `sha256:${'a'.repeat(64)} ${expiry(DAY)} again`],
  ])('is refused with %s', async (_, value) => {
    const { code, body } = await ticket({ as: editor, value })
    expect(code).toBe(422)
    expect(body.message).toContain('must be "sha256:<64 hexadecimal digits, lower case> <expiry, RFC 3339>"')
  })

  test.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00+01:00'])(
    'may expire at %s',
    async (time) => {
      expect(await ticket({ as: editor, value: `sha256:${'a'.repeat(64)} ${time}` })).toMatchObject({ code: 200 })
    },
  )

  test('must expire within seven days', async () => {
    expect(await ticket({ as: editor, value: valid(7 * DAY - 60_000) })).toMatchObject({ code: 200 })
    const { code, body } = await ticket({ as: editor, value: valid(7 * DAY + 60_000) })
    expect(code).toBe(422)
    expect(body.message).toContain('must expire within seven days')
  })

  test('counts the seven days from now, not from the creation of the Image', async () => {
    const created = Date.parse(String((await stored('target')).metadata['creationTimestamp']))
    const value = `sha256:${'b'.repeat(64)} ${new Date(created + 7 * DAY + 2000).toISOString()}`
    await eventually('the Image is older than the difference', async () => Date.now() > created + 3000)
    expect(await ticket({ as: editor, value })).toMatchObject({ code: 200 })
    const applied = image('target', { annotation: value })
    expect(await api.apply(applied, { as: editor, query: dryRun })).toMatchObject({ code: 200 })
  })

  test('may be taken away, and kept, by anybody who may change the Image', async () => {
    const held = image('held', { annotation: valid() })
    expect(await api.create(held, { as: editor })).toMatchObject({ code: 201 })
    const change = { metadata: { labels: { team: 'a' } } }
    expect(await merge('held', change, { as: author })).toMatchObject({ code: 200 })
    const removal = { metadata: { annotations: { [TICKET]: null } } }
    expect(await merge('held', removal, { as: author })).toMatchObject({ code: 200 })
    expect(await merge('held', { metadata: { finalizers: ['vdi.auxo.dev/image'] } }, { as: operator })).toMatchObject({
      code: 200,
    })
  })
})

describe('reference to a Secret', () => {
  const refused = (name: string) =>
    `user author may not refer to the Secret desktops/${name}: it takes the verb get on that Secret`

  test.each([
    ['Cloud', cloud('by-author', 'forbidden')],
    ['Image', image('by-author', { secret: 'forbidden' })],
    ['Desktop', desktop('by-author', 'forbidden')],
  ])('is refused to who may not get the Secret: %s', async (_, object) => {
    const { code, body } = await api.create(object, { as: author, query: dryRun })
    expect(code).toBe(403)
    expect(body.message).toContain(refused('forbidden'))
  })

  test.each([
    ['Cloud', cloud('by-author', 'allowed')],
    ['Image', image('by-author', { secret: 'allowed' })],
    ['Image without a Secret', image('by-author')],
    ['Desktop', desktop('by-author', 'allowed')],
    ['Desktop without a Secret', desktop('by-author')],
  ])('passes: %s', async (_, object) => {
    expect(await api.create(object, { as: author, query: dryRun })).toMatchObject({ code: 201 })
  })

  test('is asked again when it changes, and only then', async () => {
    const object = cloud('changing', 'forbidden')
    await api.create(object)
    const path = pathOf(object)
    const patch = (change: object, as = author) =>
      api.call('PATCH', path, change, { as, contentType: 'application/merge-patch+json' })
    const reference = (name: string) => ({ spec: { credentials: { secretRef: { name } } } })
    expect(await patch({ spec: { requests: { perSecond: 5 } } })).toMatchObject({ code: 200 })
    expect(await patch(reference('allowed'))).toMatchObject({ code: 200 })
    const answer = await patch(reference('forbidden'))
    expect(answer.code).toBe(403)
    expect(answer.body.message).toContain(refused('forbidden'))
  })

  test('holds up neither the operator nor a deletion', async () => {
    const object = cloud('leaving', 'forbidden')
    await api.create(object)
    const merge = { contentType: 'application/merge-patch+json' }
    const finalizers = (list: string[]) =>
      api.call('PATCH', pathOf(object), { metadata: { finalizers: list } }, { as: operator, ...merge })
    const status = { ...object, spec: undefined, status: { observedGeneration: 1 } }
    expect(await finalizers(['vdi.auxo.dev/cloud'])).toMatchObject({ code: 200 })
    expect(
      await api.call('PATCH', `${pathOf(object)}/status`, status, {
        as: operator,
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'auxo-cloud', force: 'true' },
      }),
    ).toMatchObject({ code: 200 })
    expect(await api.delete(object, { as: author })).toMatchObject({ code: 200 })
    expect(await finalizers([])).toMatchObject({ code: 200 })
    expect(await api.call('GET', pathOf(object))).toMatchObject({ code: 404 })
  })
})

test.each(['auxo-upload-ticket', 'auxo-secret-reference', 'auxo-desktop-operations', 'auxo-desktop-resize'])(
  '%s passes the type check of the API server',
  async (name) => {
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`
    const status = await eventually('the policy is checked', async () => {
      const { body } = await api.call('GET', path)
      return body['status'] as { typeChecking?: { expressionWarnings?: object[] } } | undefined
    })
    expect(status.typeChecking?.expressionWarnings ?? []).toEqual([])
  },
)

function image(name: string, { annotation, secret }: { annotation?: string; secret?: string } = {}): Manifest {
  const http = { url: 'https://images.example.com/a.qcow2', ...(secret ? { secretRef: { name: secret } } : {}) }
  return {
    apiVersion: API,
    kind: 'Image',
    metadata: { name, namespace: 'desktops', ...(annotation ? { annotations: { [TICKET]: annotation } } : {}) },
    spec: {
      cloudRef: { name: 'vdi' },
      source: secret ? { type: 'HTTP', http } : { type: 'Upload' },
      diskFormat: 'raw',
    },
  }
}

function desktop(name: string, secret?: string): Manifest {
  const userData = secret ? { userData: { secretRef: { name: secret } } } : {}
  return {
    apiVersion: API,
    kind: 'Desktop',
    metadata: { name, namespace: 'desktops' },
    spec: { cloudRef: { name: 'vdi' }, source: { type: 'Template', template: { name: 'office' } }, ...userData },
  }
}

function cloud(name: string, secret: string): Manifest {
  const credentials = { secretRef: { name: secret }, cloudName: 'vdi' }
  return {
    apiVersion: API,
    kind: 'Cloud',
    metadata: { name, namespace: 'desktops' },
    spec: { ownerID: 'acme-prod', credentials },
  }
}

function expiry(ms: number): string {
  return new Date(Date.now() + ms).toISOString()
}

function valid(ms = DAY): string {
  return `sha256:${'0123456789abcdef'.repeat(4)} ${expiry(ms)}`
}

async function stored(name: string): Promise<Manifest> {
  const object = image(name)
  const { code, body } = await api.call('GET', pathOf(object))
  return code === 200 ? body : (await api.create(object)).body
}

/** Sets a ticket on an Image that is there, as a trial. */
async function ticket({ as, value = valid() }: { as: CallOptions['as'] & {}; value?: string }) {
  await stored('target')
  return await merge('target', { metadata: { annotations: { [TICKET]: value } } }, { as, query: dryRun })
}

function merge(name: string, change: object, options: CallOptions) {
  return api.call('PATCH', pathOf(image(name)), change, { ...options, contentType: 'application/merge-patch+json' })
}

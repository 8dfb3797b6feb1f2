import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, type CallOptions, dryRun, type Manifest, pathOf } from './api-server.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { allow, bind } from './roles.ts'

/** May do all with Desktops and DesktopResizes, but for what is an operation of its own. */
const clerk = { user: 'clerk' }
/** The same, and may resize one Desktop. */
const owner = { user: 'owner' }
const editor = { user: 'editor' }
const administrator = { user: 'administrator' }
const operator = { user: 'system:serviceaccount:auxo-system:auxo', groups: ['system:serviceaccounts'] }

let cluster: Cluster
let api: ApiServer
beforeAll(async () => {
  cluster = await startCluster()
  api = cluster.api
  const edit = {
    apiGroups: ['vdi.auxo.dev'],
    resources: ['desktops', 'desktopresizes'],
    verbs: ['create', 'update', 'patch', 'get', 'delete'],
  }
  const resizeOne = {
    apiGroups: ['vdi.auxo.dev'],
    resources: ['desktops/resize'],
    resourceNames: ['of-owner'],
    verbs: ['update'],
  }
  await allow(api, 'clerk', [edit])
  await allow(api, 'owner', [edit, resizeOne])
  await bind(api, 'editor', 'auxo-edit')
  await bind(api, 'administrator', 'auxo-admin')
}, BUILD_MS)
afterAll(async () => await cluster[Symbol.asyncDispose]())

/** Each field that takes an operation, set and changed. */
const fields = [
  ['resources', 'resize', { cpus: 4 }, { cpus: 8 }],
  ['resizePolicy', 'resize', 'Automatic', 'OnRequest'],
  ['powerState', 'power', 'Running', 'Stopped'],
  ['lock', 'lock', 'Locked', 'Unlocked'],
] as const

describe('a Desktop', () => {
  test.each(fields)('%s takes desktops/%s when it is set, changed and taken away', async (field, operation, a, b) => {
    const refused = (name: string) =>
      `user clerk may not do this with the Desktop desktops/${name}: it takes the verb update on desktops/${operation}`
    const made = await api.create(desktop('new', { [field]: a }), { as: clerk, query: dryRun })
    expect(made.code).toBe(403)
    expect(made.body.message).toContain(refused('new'))
    const name = `with-${field.toLowerCase()}`
    expect(await api.create(desktop(name, { [field]: a }), { as: editor })).toMatchObject({ code: 201 })
    for (const value of [b, null]) {
      const change = { spec: { [field]: value } }
      const answer = await merge(name, change, { as: clerk, query: dryRun })
      expect(answer.code).toBe(403)
      expect(answer.body.message).toContain(refused(name))
      expect(await merge(name, change, { as: editor, query: dryRun })).toMatchObject({ code: 200 })
    }
  })

  test('host takes desktops/place, which administrators have', async () => {
    const placed = desktop('placed', { host: 'compute1' })
    const { code, body } = await api.create(placed, { as: editor, query: dryRun })
    expect(code).toBe(403)
    expect(body.message).toContain('it takes the verb update on desktops/place')
    expect(await api.create(placed, { as: administrator, query: dryRun })).toMatchObject({ code: 201 })
  })

  test('whoever may edit it may do everything else, whatever these fields are', async () => {
    expect(await api.create(desktop('plain'), { as: clerk, query: dryRun })).toMatchObject({ code: 201 })
    const full = {
      resources: { cpus: 4 },
      powerState: 'Running',
      lock: 'Locked',
      lockReason: 'audit',
      host: 'compute1',
    }
    await api.create(desktop('full', full), { as: administrator })
    const change = { metadata: { labels: { team: 'a' } }, spec: { serverName: 'another', metadata: { team: 'a' } } }
    expect(await merge('full', change, { as: clerk })).toMatchObject({ code: 200 })
    const applied = desktop('full', { ...full, metadata: { team: 'b' } })
    expect(await api.apply(applied, { as: clerk, query: dryRun })).toMatchObject({ code: 200 })
    expect(await merge('full', { metadata: { finalizers: ['vdi.auxo.dev/desktop'] } }, { as: operator })).toMatchObject(
      {
        code: 200,
      },
    )
    expect(await api.delete(desktop('full'), { as: clerk })).toMatchObject({ code: 200 })
  })
})

describe('a DesktopResize', () => {
  const refused = 'user clerk may not resize the Desktop desktops/of-owner: it takes the verb update on desktops/resize'

  test('takes desktops/resize of its Desktop when it is made', async () => {
    const { code, body } = await api.create(resize('of-owner'), { as: clerk, query: dryRun })
    expect(code).toBe(403)
    expect(body.message).toContain(refused)
    expect(await api.create(resize('of-owner'), { as: owner, query: dryRun })).toMatchObject({ code: 201 })
    expect(await api.create(resize('of-another'), { as: owner, query: dryRun })).toMatchObject({ code: 403 })
    expect(await api.create(resize('of-another'), { as: editor, query: dryRun })).toMatchObject({ code: 201 })
    expect(await api.create(resize('of-another'), { as: operator, query: dryRun })).toMatchObject({ code: 201 })
  })

  test('takes it to be decided and cancelled, and for nothing else', async () => {
    const object = resize('of-owner', { confirm: 'Manual' })
    await api.create(object, { as: owner })
    const patch = (change: object, as: CallOptions['as'] & {}, query = dryRun) =>
      api.call('PATCH', pathOf(object), change, { as, query, contentType: 'application/merge-patch+json' })
    for (const spec of [{ decision: 'Confirm' }, { desiredState: 'Cancelled' }]) {
      const { code, body } = await patch({ spec }, clerk)
      expect(code).toBe(403)
      expect(body.message).toContain(refused)
      expect(await patch({ spec }, owner)).toMatchObject({ code: 200 })
    }
    expect(await patch({ metadata: { labels: { team: 'a' } } }, clerk)).toMatchObject({ code: 200 })
    expect(await api.delete(object, { as: clerk, query: dryRun })).toMatchObject({ code: 200 })
  })
})

function desktop(name: string, changes: object = {}): Manifest {
  return {
    apiVersion: 'vdi.auxo.dev/v1alpha1',
    kind: 'Desktop',
    metadata: { name, namespace: 'desktops' },
    spec: { cloudRef: { name: 'vdi' }, source: { type: 'Template', template: { name: 'office' } }, ...changes },
  }
}

function resize(of: string, changes: object = {}): Manifest {
  return {
    apiVersion: 'vdi.auxo.dev/v1alpha1',
    kind: 'DesktopResize',
    metadata: { name: `${of}-more-memory`, namespace: 'desktops' },
    spec: { desktopRef: { name: of }, memory: '8Gi', ...changes },
  }
}

function merge(name: string, change: object, options: CallOptions) {
  return api.call('PATCH', pathOf(desktop(name)), change, { ...options, contentType: 'application/merge-patch+json' })
}

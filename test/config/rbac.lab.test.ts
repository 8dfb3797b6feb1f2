import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type ApiServer, collectionOf, type Manifest, pathOf } from './api-server.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { readManifests } from './manifests.ts'
import { bind } from './roles.ts'

const operator = 'system:serviceaccount:auxo-system:auxo'

let cluster: Cluster
let api: ApiServer
beforeAll(async () => {
  // The controllers add our roles to the cluster's own.
  cluster = await startCluster({ controllers: true })
  api = cluster.api
  for (const role of ['view', 'edit', 'admin', 'auxo-view', 'auxo-edit', 'auxo-admin']) await bind(api, role, role)
  await eventually('the roles are aggregated', async () => {
    const seen = await Promise.all([
      may('view', 'get', 'vdi.auxo.dev/images'),
      may('edit', 'update', 'vdi.auxo.dev/images/upload'),
      may('admin', 'update', 'vdi.auxo.dev/images/upload'),
    ])
    return seen.every(Boolean)
  })
}, BUILD_MS)
afterAll(async () => await cluster[Symbol.asyncDispose]())

const read = ['get', 'list', 'watch']
const write = ['create', 'update', 'patch', 'delete', 'deletecollection']

const tenantKinds = ['desktopresizes', 'desktops', 'desktoptemplates', 'images', 'keypairs']
const administratorKinds = ['clouds', 'flavors', 'projectquotas']
const all = [...tenantKinds, ...administratorKinds]
const tenantOperations = ['desktops/lock', 'desktops/power', 'desktops/resize', 'images/upload']
const administratorOperations = [...tenantOperations, 'desktops/place']

type Rights = Record<string, readonly string[]>
const grant = (resources: readonly string[], verbs: readonly string[]): Rights =>
  Object.fromEntries(resources.map((resource) => [resource, verbs]))
const viewer = grant(all, read)
const tenantEditor = {
  ...viewer,
  ...grant(tenantKinds, [...read, ...write]),
  ...grant(tenantOperations, ['update']),
}

/** Who may do what in the namespace. What is not listed is refused. */
const rights: Record<string, Rights> = {
  stranger: {},
  view: viewer,
  edit: tenantEditor,
  admin: tenantEditor,
  'auxo-view': viewer,
  'auxo-edit': tenantEditor,
  'auxo-admin': { ...grant(all, [...read, ...write]), ...grant(administratorOperations, ['update']) },
  [operator]: {
    ...grant(all, [...read, 'patch']),
    ...grant(['desktopresizes', 'desktops', 'images'], [...read, 'create', 'patch', 'delete']),
    ...grant(
      all.map((kind) => `${kind}/status`),
      ['patch'],
    ),
    'desktops/resize': ['update'],
  },
}
const subresources = all.flatMap((kind) => [`${kind}/status`, `${kind}/finalizers`])

describe.each(Object.entries(rights))('%s', (user, allowed) => {
  test.each([...all, ...subresources, ...administratorOperations])(
    'may do with %s what it should and no more',
    async (resource) => {
      const verbs = [...read, ...write]
      const granted = await Promise.all(verbs.map((verb) => may(user, verb, `vdi.auxo.dev/${resource}`)))
      expect(verbs.filter((_, index) => granted[index])).toEqual(
        verbs.filter((verb) => allowed[resource]?.includes(verb)),
      )
    },
  )
})

test('every kind is in the roles', () => {
  const plurals = readManifests('crds').map(({ spec }) => (spec as { names: { plural: string } }).names.plural)
  expect(new Set(plurals)).toEqual(new Set(all))
})

test.each(['auxo-view', 'auxo-edit', 'auxo-admin'])('%s gives no right to Secrets', async (user) => {
  expect(await may(user, 'get', '/secrets')).toBe(false)
})

describe('the operator', () => {
  test.each([
    ['get', '/secrets', 'desktops', true],
    ['list', '/secrets', 'desktops', false],
    ['watch', '/secrets', 'desktops', false],
    ['update', '/secrets', 'desktops', false],
    ['get', '/configmaps', 'desktops', true],
    ['list', '/configmaps', 'desktops', false],
    ['watch', '/configmaps', 'desktops', false],
    ['create', 'events.k8s.io/events', 'desktops', true],
    ['patch', 'events.k8s.io/events', 'desktops', true],
    ['list', 'events.k8s.io/events', 'desktops', false],
    ['create', 'coordination.k8s.io/leases', 'auxo-system', true],
    ['update', 'coordination.k8s.io/leases', 'auxo-system', true],
    ['list', 'coordination.k8s.io/leases', 'auxo-system', true],
    ['delete', 'coordination.k8s.io/leases', 'auxo-system', true],
    ['deletecollection', 'coordination.k8s.io/leases', 'auxo-system', false],
    ['create', 'coordination.k8s.io/leases', 'desktops', false],
    ['get', 'coordination.k8s.io/leases', 'kube-system', false],
    ['get', '/pods', 'auxo-system', false],
    ['get', '/namespaces', '', false],
    ['get', '/nodes', '', false],
    ['get', 'apiextensions.k8s.io/customresourcedefinitions', '', false],
    ['create', 'authentication.k8s.io/tokenreviews', '', false],
    ['create', 'authorization.k8s.io/subjectaccessreviews', '', false],
  ] as const)('%s %s in "%s": %s', async (verb, resource, namespace, expected) => {
    expect(await may(operator, verb, resource, namespace)).toBe(expected)
  })

  test('may make what its controllers make', async () => {
    const as = { as: { user: operator } }
    const image: Manifest = {
      apiVersion: 'vdi.auxo.dev/v1alpha1',
      kind: 'Image',
      metadata: { name: 'found', namespace: 'desktops', labels: { 'vdi.auxo.dev/synchronized-from': 'vdi' } },
      spec: { cloudRef: { name: 'vdi' }, source: { type: 'Existing', existing: { name: 'Windows 7' } } },
    }
    const made = await api.apply(image, as)
    expect(made).toMatchObject({ code: 201 })
    const { uid } = made.body.metadata
    const finalizer = { ...image, metadata: { ...image.metadata, uid, finalizers: ['vdi.auxo.dev/image'] } }
    expect(await api.apply(finalizer, as)).toMatchObject({ code: 200 })
    const status = { ...image, spec: undefined, status: { observedGeneration: 1, origin: 'Synchronized' } }
    expect(await applyStatus(status, as)).toMatchObject({ code: 200 })
    const event = eventAbout(image)
    expect(await api.create(event, as)).toMatchObject({ code: 201 })
    const series = { series: { count: 2, lastObservedTime: '2026-11-21T02:00:01.000000Z' } }
    const merge = { ...as, contentType: 'application/merge-patch+json' }
    expect(await api.call('PATCH', pathOf(event), series, merge)).toMatchObject({ code: 200 })
    expect(await api.delete(image, as)).toMatchObject({ code: 200 })
    const lease: Manifest = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'auxo-shard-0', namespace: 'auxo-system' },
      spec: { holderIdentity: 'auxo-0', leaseDurationSeconds: 15 },
    }
    const { code, body } = await api.create(lease, as)
    expect(code).toBe(201)
    expect(await api.replace(body, as)).toMatchObject({ code: 200 })
    expect(await api.call('GET', collectionOf(lease), undefined, as)).toMatchObject({ code: 200 })
    expect(await api.delete(lease, as)).toMatchObject({ code: 200 })
  })
})

test('no rule of ours says “all”', () => {
  const roles = readManifests('config/rbac').filter(({ kind }) => kind.endsWith('Role'))
  expect(roles.length).toBeGreaterThan(3)
  expect(JSON.stringify(roles.map((role) => role['rules']))).not.toContain('*')
})

/** `resource` is `group/resource` or `group/resource/subresource`; the core group is empty. */
async function may(user: string, verb: string, resource: string, namespace = 'desktops'): Promise<boolean> {
  const [group, name, subresource] = resource.split('/')
  const groups = user.startsWith('system:serviceaccount:') ? ['system:serviceaccounts'] : []
  const resourceAttributes = { verb, group, resource: name, namespace, ...(subresource ? { subresource } : {}) }
  const { body } = await api.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: [...groups, 'system:authenticated'], resourceAttributes },
  })
  return (body['status'] as { allowed: boolean }).allowed
}

function applyStatus(object: Manifest, as: { as: { user: string } }) {
  return api.call('PATCH', `${pathOf(object)}/status`, object, {
    ...as,
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'auxo-image', force: 'true' },
  })
}

function eventAbout({ apiVersion, kind, metadata }: Manifest): Manifest {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.1`, namespace: 'desktops' },
    eventTime: '2026-11-21T02:00:00.000000Z',
    reportingController: 'vdi.auxo.dev/image',
    reportingInstance: 'auxo-0',
    action: 'Synchronize',
    reason: 'Available',
    type: 'Normal',
    note: 'found in the cloud',
    regarding: { apiVersion, kind, name: metadata.name, namespace: 'desktops' },
  }
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { type Applied, KubeClient } from './client.ts'
import { type Connection, loadConnection } from './connection.ts'
import { isConflict } from './errors.ts'
import type { KubeObject, ResourceType } from './resource.ts'
import { clientSuite } from './testing/client-suite.ts'
import { configMaps } from './testing/config-maps.ts'

interface Widget extends KubeObject {
  spec?: { size?: number; colour?: string }
  status?: { observed?: number; note?: string }
}

const widgets: ResourceType<Widget> = { group: 'test.auxo.dev', version: 'v1', plural: 'widgets', kind: 'Widget' }
const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

let kube: Kube
let connection: Connection
let client: KubeClient

beforeAll(async () => {
  kube = await startKube()
  connection = await loadConnection({ kubeconfig: kube.kubeconfig })
  client = new KubeClient({ connection })
  await client.apply(definitions, widgetDefinition(), { fieldManager: 'test' })
  await kube.run(['wait', '--for=condition=Established', 'crd/widgets.test.auxo.dev', '--timeout=30s'])
}, 600_000)

afterAll(async () => {
  await connection?.close()
  await kube?.stop()
})

describe('against a real API server', () => clientSuite(() => connection))

const widget = (name: string, fields: object = {}): Applied<Widget> => ({
  metadata: { namespace: 'default', name },
  ...fields,
})

test('apply: fields belong to managers, a foreign one is a Conflict unless forced', async () => {
  await client.apply(widgets, widget('ours', { spec: { size: 1, colour: 'red' } }), { fieldManager: 'user' })
  const ours = { fieldManager: 'auxo' }
  const refused = client.apply(widgets, widget('ours', { spec: { size: 2 } }), ours)
  expect(isConflict(await refused.catch((error: unknown) => error))).toBe(true)
  const forced = await client.apply(widgets, widget('ours', { spec: { size: 2 } }), { ...ours, force: true })
  expect(forced.spec).toEqual({ size: 2, colour: 'red' })
  const withdrawn = await client.apply(widgets, widget('ours'), ours)
  expect(withdrawn.spec).toEqual({ colour: 'red' })
})

test('apply of status changes nothing else and does not count as a generation', async () => {
  const { metadata } = await client.apply(widgets, widget('status', { spec: { size: 1 } }), { fieldManager: 'user' })
  const status = { observed: 1 }
  const written = await client.apply(widgets, widget('status', { status, spec: { size: 9 } }), {
    fieldManager: 'auxo',
    force: true,
    subresource: 'status',
  })
  expect(written).toMatchObject({ spec: { size: 1 }, status })
  expect(written.metadata.generation).toBe(metadata.generation)
})

test('a version or uid in an apply is a precondition: nothing is overwritten or made again', async () => {
  const first = await client.apply(widgets, widget('precondition', { spec: { size: 1 } }), { fieldManager: 'user' })
  await client.apply(widgets, widget('precondition', { spec: { size: 2 } }), { fieldManager: 'user' })
  const { name, resourceVersion = '', uid = '' } = first.metadata
  const stale = { metadata: { namespace: 'default', name, resourceVersion }, status: { observed: 1 } }
  const options = { fieldManager: 'auxo', force: true, subresource: 'status' } as const
  expect(isConflict(await client.apply(widgets, stale, options).catch((error: unknown) => error))).toBe(true)

  await client.delete(widgets, first.metadata)
  const revived = { metadata: { namespace: 'default', name, uid, finalizers: ['test.auxo.dev/widget'] } }
  const error = await client.apply(widgets, revived, { fieldManager: 'auxo' }).catch((thrown: unknown) => thrown)
  expect(isConflict(error)).toBe(true)
  expect(await client.get(widgets, first.metadata)).toBeUndefined()
})

test('what the schema does not know comes back as a warning', async () => {
  const warnings: string[] = []
  const warned = new KubeClient({ connection, onWarning: (text) => warnings.push(text) })
  const fields = { spec: { flavour: 'sweet' } } as object
  await warned.create(widgets, { metadata: { namespace: 'default', name: 'warned' }, ...fields } as Widget)
  expect(warnings.join()).toContain('spec.flavour')
})

test('any other path can be asked: what one may do, the version', async () => {
  const review = await client.request<{ status: { allowed: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: { verb: 'update', resource: 'images', subresource: 'upload', group: 'vdi.auxo.dev' },
      },
    },
  })
  expect(review.status.allowed).toBe(true)
  expect(await client.request({ method: 'GET', path: '/version' })).toMatchObject({ major: '1' })
})

test('client certificates log in as well as tokens; nobody else is let in', async () => {
  const file = await kube.kubeconfigFor('someone', ['system:masters'], { clientCertificate: true })
  const other = await loadConnection({ kubeconfig: file })
  expect(await new KubeClient({ connection: other }).list(configMaps, { limit: 1 })).toBeDefined()
  await other.close()

  const stranger = await loadConnection({
    kubeconfig: await kube.kubeconfigFor('stranger', [], { clientCertificate: true }),
  })
  await expect(new KubeClient({ connection: stranger }).list(configMaps)).rejects.toMatchObject({
    class: 'Auth',
    status: 403,
  })
  await stranger.close()
})

function widgetDefinition(): Applied<KubeObject> {
  const object = (properties: object) => ({ type: 'object', properties })
  const schema = object({
    spec: object({ size: { type: 'integer' }, colour: { type: 'string' } }),
    status: object({ observed: { type: 'integer' }, note: { type: 'string' } }),
  })
  const version = { name: 'v1', served: true, storage: true, subresources: { status: {} } }
  const fields = {
    spec: {
      group: 'test.auxo.dev',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      scope: 'Namespaced',
      versions: [{ ...version, schema: { openAPIV3Schema: schema } }],
    },
  }
  return { metadata: { name: 'widgets.test.auxo.dev' }, ...fields }
}

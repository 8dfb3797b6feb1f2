import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runOperator } from '../../controllers/operator.ts'
import { type OperatorOptions, operatorCommand } from '../../controllers/options.ts'
import { freePorts } from '../../hack/lab/ports.ts'
import { createLogger } from '../../pkg/kube/log.ts'
import { type Cloud, startCloud } from '../cloud/cloud.ts'
import { eventually } from '../support/eventually.ts'
import { type ApiServer, collectionOf, type Manifest, pathOf } from './api-server.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { readManifests } from './manifests.ts'

const operator = 'system:serviceaccount:auxo-system:auxo'

let cluster: Cluster
let api: ApiServer
let cloud: Cloud
let files: Server
beforeAll(async () => {
  cloud = await startCloud()
  cloud.seed(1)
  files = createServer((_, response) => response.end(Buffer.alloc(1024))).listen(0, '127.0.0.1')
  await once(files, 'listening')
  cluster = await startCluster()
  api = cluster.api
}, BUILD_MS)
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await cloud.stop()
  files.close()
})

test('the operator, with the rights of its role alone, is never refused by the API server', async () => {
  await worksAndIsNeverRefused()
}, 120_000)

test('with watched namespaces, rights in these are enough', async () => {
  const [role] = readManifests('config/rbac/operator-binding.yaml') as [Manifest]
  await api.delete(role)
  expect(await api.apply({ ...role, kind: 'RoleBinding', metadata: { ...role.metadata, ...place } })).toMatchObject({
    code: 201,
  })
  const as = { as: { user: operator } }
  await eventually('the rights have changed', async () => {
    const everywhere = await api.call('GET', '/apis/vdi.auxo.dev/v1alpha1/images', undefined, as)
    const here = await api.call('GET', collectionOf(image), undefined, as)
    return everywhere.code === 403 && here.code === 200
  })
  await worksAndIsNeverRefused('--watch-namespaces=desktops')
}, 120_000)

/** Runs the operator while an image is found, one is made and deleted; looks for refusals in metrics and log. */
async function worksAndIsNeverRefused(...flags: string[]): Promise<void> {
  const log: string[] = []
  const logger = createLogger({ destination: { write: (line: string) => void log.push(line) } })
  const [port] = (await freePorts(1)) as [number]
  const stop = new AbortController()
  const running = runOperator(await options(port, flags), logger, stop.signal)
  try {
    await anImageComesAndGoes()
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const codes = [...metrics.matchAll(/^rest_client_requests_total\{code="(\d+)"/gm)].map(([, code]) => code)
    expect(codes).toContain('200')
    expect(codes).not.toContain('403')
  } finally {
    stop.abort()
    await running
  }
  expect(log.filter((line) => line.includes('forbidden'))).toEqual([])
  const { body } = await api.call('GET', '/apis/coordination.k8s.io/v1/namespaces/auxo-system/leases')
  const holders = (body['items'] as { spec: { holderIdentity?: string } }[]).map(({ spec }) => spec.holderIdentity)
  expect(holders.filter(Boolean), 'Leases are given back').toEqual([])
}

async function anImageComesAndGoes(): Promise<void> {
  for (const object of tenant()) expect((await api.apply(object)).code).toBeLessThan(300)
  await eventually('both images are ready: the found one and the made one', async () => {
    const { body } = await api.call('GET', collectionOf(image))
    return (body['items'] as Manifest[]).filter(isReady).length === 2
  })
  await api.delete(image)
  await eventually('the image is gone', async () => (await api.call('GET', pathOf(image))).code === 404)
  await eventually('events are written', async () => {
    const { body } = await api.call('GET', '/apis/events.k8s.io/v1/namespaces/desktops/events')
    return (body['items'] as object[]).length > 0
  })
}

async function options(port: number, more: readonly string[]): Promise<OperatorOptions> {
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:auxo-system']
  const flags = [
    `--kubeconfig=${await cluster.kube.kubeconfigFor(operator, groups)}`,
    `--metrics-address=127.0.0.1:${port}`,
    '--upload-address=127.0.0.1:0',
    '--allow-addresses=127.0.0.0/8',
    ...more,
  ]
  return operatorCommand().parse(flags, { from: 'user' }).opts<OperatorOptions>()
}

const place = { namespace: 'desktops' }
const image: Manifest = {
  apiVersion: 'vdi.auxo.dev/v1alpha1',
  kind: 'Image',
  metadata: { name: 'made', ...place },
}

/** All that the operator reads: a Cloud with its Secret, an Image with a Secret and certificates. */
function tenant(): Manifest[] {
  const { port } = files.address() as AddressInfo
  const http = { url: `http://127.0.0.1:${port}/a.raw`, secretRef: { name: 'url' }, caRef: { name: 'authorities' } }
  return [
    secret('vdi-cloud', 'vdi.auxo.dev/clouds', { 'clouds.yaml': cloud.cloudsYaml() }),
    secret('url', 'vdi.auxo.dev/http', { token: 'open sesame' }),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'authorities', ...place }, data: { 'ca.crt': '' } },
    {
      apiVersion: 'vdi.auxo.dev/v1alpha1',
      kind: 'Cloud',
      metadata: { name: 'vdi', ...place },
      spec: {
        ownerID: 'acme-test',
        credentials: { secretRef: { name: 'vdi-cloud' }, cloudName: 'demo' },
        synchronize: { images: { policy: 'Project', intervalSeconds: 5 } },
      },
    },
    { ...image, spec: { cloudRef: { name: 'vdi' }, source: { type: 'HTTP', http }, diskFormat: 'raw' } },
  ]
}

function secret(name: string, type: string, stringData: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...place }, type, stringData }
}

function isReady({ status }: Manifest): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] }
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
}

import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { eventually } from '../support/eventually.ts'
import { ApiServer, collectionOf, dryRun, type Manifest } from './api-server.ts'
import { readManifests } from './manifests.ts'

/** The first run builds the API server. */
export const BUILD_MS = 1_200_000

/** A Kubernetes API with our definitions, roles and policies, as `kubectl apply -k config/default` leaves it. */
export interface Cluster extends AsyncDisposable {
  readonly kube: Kube
  readonly api: ApiServer
}

/** Starts one; the first time ever builds the API server. */
export async function startCluster(options: { controllers?: boolean } = {}): Promise<Cluster> {
  const kube = await startKube(options)
  const api = new ApiServer(kube)
  const stop = async () => {
    await api.close()
    await kube.stop()
  }
  try {
    const namespaces = ['auxo-system', 'desktops'].map(namespace)
    for (const object of [...namespaces, ...['crds', 'config/rbac', 'config/policies'].flatMap(readManifests)]) {
      const { code, body } = await api.apply(object)
      if (code >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${body.message}`)
    }
    await served(api)
  } catch (error) {
    await stop()
    throw error
  }
  return { kube, api, [Symbol.asyncDispose]: stop }
}

export function namespace(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** Definitions are served, and policies enforced, a second or two after they are stored. */
async function served(api: ApiServer): Promise<void> {
  const kinds = readManifests('crds').map(({ spec }) => (spec as { names: { kind: string } }).names.kind)
  const probe = {
    apiVersion: 'vdi.auxo.dev/v1alpha1',
    kind: 'Image',
    metadata: { name: 'probe', namespace: 'desktops', annotations: { 'vdi.auxo.dev/upload-ticket': 'not a ticket' } },
    spec: { cloudRef: { name: 'vdi' }, source: { type: 'Upload' }, diskFormat: 'raw' },
  }
  const secret = {
    ...probe,
    metadata: { name: 'probe', namespace: 'desktops' },
    spec: { ...probe.spec, source: { type: 'HTTP', http: { url: 'https://a.example', secretRef: { name: 'a' } } } },
  }
  const placed = {
    ...secret,
    kind: 'Desktop',
    spec: { cloudRef: { name: 'vdi' }, source: { type: 'Template', template: { name: 'a' } }, host: 'compute1' },
  }
  const stranger = { user: 'stranger', groups: ['probes'] }
  await api.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'probe', namespace: 'desktops' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'auxo-edit' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: stranger.user }],
  })
  await eventually('the definitions are served and the policies enforced', async () => {
    const answers = await Promise.all([
      api.create(probe, { query: dryRun }),
      api.create(secret, { query: dryRun, as: stranger }),
      api.create(placed, { query: dryRun, as: stranger }),
      ...kinds.map((kind) => api.call('GET', collectionOf({ ...probe, kind }))),
    ])
    const [ticket, reference, place, ...lists] = answers.map(({ code }) => code)
    return ticket === 422 && reference === 403 && place === 403 && lists.every((code) => code === 200)
  })
  await api.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/namespaces/desktops/rolebindings/probe')
}

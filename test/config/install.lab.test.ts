import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorCommand } from '../../controllers/options.ts'
import { helm } from '../../hack/judges/helm.ts'
import { type Answer, type ApiServer, dryRun, type Manifest, pathOf } from './api-server.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { parseManifests, readManifests, root } from './manifests.ts'

const chart = join(root, 'config/helm/auxo')
/** Kinds whose definitions come from other projects: only their form is checked, in manifests.test.ts. */
const foreign = /^(monitoring\.coreos\.com|cert-manager\.io)\//

let cluster: Cluster
let api: ApiServer
let helmPath: string
beforeAll(async () => {
  helmPath = await helm()
  cluster = await startCluster()
  api = cluster.api
}, BUILD_MS)
afterAll(async () => await cluster[Symbol.asyncDispose]())

const kustomize = async (folder: string) => parseManifests(await cluster.kube.run(['kustomize', join(root, folder)]))

const template = (...values: string[]) => render(values.flatMap((value) => ['--set', value]))
const templateFile = (file: string) => render(['--values', join(import.meta.dirname, 'values', file)])

async function render(args: readonly string[]): Promise<Manifest[]> {
  const command = ['template', 'auxo', chart, '--namespace', 'auxo-system', ...args]
  const { stdout } = await promisify(execFile)(helmPath, command, { maxBuffer: 64 << 20 })
  return parseManifests(stdout)
}

/** What the API server says to all of these objects, with every unknown field an error. */
async function refusals(objects: readonly Manifest[]): Promise<string[]> {
  const own = objects.filter(({ apiVersion }) => !foreign.test(apiVersion))
  expect(own.length).toBeGreaterThan(0)
  const answers = await Promise.all(own.map((object) => api.apply(object, { query: dryRun })))
  return answers.filter(refused).map(({ body }) => `${body.message}`)
}
const refused = ({ code, warnings }: Answer) => code >= 300 || warnings !== ''

describe('samples', () => {
  test('are accepted as they are, one after the other', async () => {
    for (const sample of ['config/samples', 'config/samples/desktops'].flatMap(readManifests)) {
      const { code, body, warnings } = await api.apply(sample)
      expect(body.message).toBeUndefined()
      expect(warnings).toBe('')
      expect(code).toBeLessThan(300)
    }
  })

  test('show each source of an Image', () => {
    const images = readManifests('config/samples').filter(({ kind }) => kind === 'Image')
    const types = images.map(({ spec }) => (spec as { source: { type: string } }).source.type)
    expect(new Set(types)).toEqual(new Set(['Existing', 'HTTP', 'Upload']))
  })

  test('those of desktops show each kind that an Image is not enough for', () => {
    const kinds = new Set(readManifests('config/samples/desktops').map(({ kind }) => kind))
    const all = readManifests('crds').map(({ spec }) => (spec as { names: { kind: string } }).names.kind)
    expect(kinds).toEqual(new Set(all.filter((kind) => kind !== 'Cloud' && kind !== 'Image')))
  })

  test.each(['docs/guide.md', 'docs/ten-desktops.md'])('of %s are accepted', async (page) => {
    const ours = readManifests(page).filter(({ apiVersion }) => apiVersion.startsWith('vdi.auxo.dev/'))
    // As objects of their own: what the samples made may not become theirs.
    const renamed = ours.map((object, at) => ({ ...object, metadata: { ...object.metadata, name: `example-${at}` } }))
    expect(await refusals(renamed)).toEqual([])
  })

  test('an unknown field would be refused', async () => {
    const sample = readManifests('config/samples').find(({ kind }) => kind === 'Image') as Manifest
    const misspelt = { ...sample, spec: { ...(sample['spec'] as object), checksun: 'a' } }
    const { code, body } = await api.create(misspelt, { query: { ...dryRun, fieldValidation: 'Strict' } })
    expect(code).toBe(400)
    expect(body.message).toContain('unknown field "spec.checksun"')
  })
})

describe('kustomize', () => {
  test.each(['config/default', 'config/spool', 'hack/kind'])('%s is accepted whole', async (folder) => {
    expect(await refusals(await kustomize(folder))).toEqual([])
  })

  test.each(['config/default', 'config/spool', 'hack/kind'])(
    '%s runs under restricted Pod security',
    async (folder) => {
      const namespace = 'restricted'
      const labels = { 'pod-security.kubernetes.io/enforce': namespace }
      await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
      await api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'auxo', namespace } })
      const { metadata, spec } = podTemplate(await kustomize(folder))
      // A StatefulSet adds the volumes of its claims.
      const volumes = [...spec.volumes, ...(folder === 'config/spool' ? [{ name: 'spool', emptyDir: {} }] : [])]
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name: 'auxo', namespace },
        spec: { ...spec, volumes },
      }
      expect(await api.create(pod, { query: dryRun })).toMatchObject({ code: 201 })
      const root = { ...pod, spec: { ...pod.spec, securityContext: {} } }
      expect((await api.create(root, { query: dryRun })).body.message).toContain('violates PodSecurity "restricted')
    },
  )

  test('config/spool only turns the Deployment into a StatefulSet of one with a volume', async () => {
    const plain = await kustomize('config/default')
    const spool = await kustomize('config/spool')
    const differing = spool.filter((object) => !plain.some((other) => JSON.stringify(other) === JSON.stringify(object)))
    expect(differing.map(({ kind }) => kind)).toEqual(['StatefulSet'])
    expect(differing[0]?.['spec']).toMatchObject({
      replicas: 1,
      volumeClaimTemplates: [{ metadata: { name: 'spool' }, spec: { accessModes: ['ReadWriteOnce'] } }],
    })
  })

  test('config/argo holds the health check for each kind', async () => {
    const [configMap] = await kustomize('config/argo')
    const script = readFileSync(join(root, 'config/argo/health.lua'), 'utf8')
    const kinds = readManifests('crds').map(({ spec }) => (spec as { names: { kind: string } }).names.kind)
    const keys = kinds.map((kind) => `resource.customizations.health.vdi.auxo.dev_${kind}`)
    expect(configMap?.['data']).toEqual(Object.fromEntries(keys.map((key) => [key, script])))
  })
})

describe('Helm', () => {
  test('makes what kustomize makes, but for labels and the namespace', async () => {
    const ours = (objects: Manifest[]) =>
      Object.fromEntries(
        objects.filter(({ kind }) => kind !== 'Namespace').map((object) => [pathOf(object), bare(object)]),
      )
    expect(ours(await template())).toEqual(ours(await kustomize('config/default')))
    expect(ours(await template('replicas=1', 'spool.enabled=true'))).toEqual(ours(await kustomize('config/spool')))
  })

  test('gives replicas that share a spool one claim', async () => {
    const objects = await template('replicas=3', 'spool.enabled=true', 'spool.shared=true')
    expect(objects.map(({ kind }) => kind)).not.toContain('StatefulSet')
    const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')
    expect(claims).toMatchObject([{ metadata: { name: 'auxo-spool' }, spec: { accessModes: ['ReadWriteMany'] } }])
    expect(podTemplate(objects).spec.volumes).toContainEqual({
      name: 'spool',
      persistentVolumeClaim: { claimName: 'auxo-spool' },
    })
    expect(argumentsOf(objects)).toContain('--spool-dir=/var/spool/auxo')
    expect(await refusals(objects)).toEqual([])
  })

  test('marks all its objects, and keeps the definitions when it goes', async () => {
    const objects = await template()
    for (const { kind, metadata } of objects) {
      if (kind === 'CustomResourceDefinition') {
        expect(metadata['annotations']).toMatchObject({ 'helm.sh/resource-policy': 'keep' })
      } else expect(metadata['labels'], metadata.name).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' })
    }
    expect((await template('crds.enabled=false')).map(({ kind }) => kind)).not.toContain('CustomResourceDefinition')
  })

  test('is linted', async () => {
    const { stdout } = await promisify(execFile)(helmPath, ['lint', '--strict', chart])
    expect(stdout).toContain('0 chart(s) failed')
  })

  test.each(readdirSync(join(import.meta.dirname, 'values')))('%s is accepted whole', async (file) => {
    for (const name of ['team-a', 'team-b'])
      await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    expect(await refusals(await templateFile(file))).toEqual([])
  })

  test('with watched namespaces has rights in these only', async () => {
    const objects = await template('watchNamespaces={team-a,team-b}')
    expect(objects.filter(({ kind }) => kind === 'ClusterRoleBinding')).toEqual([])
    const bindings = objects.filter(({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'auxo-operator')
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(['team-a', 'team-b'])
    expect(argumentsOf(objects)).toContain('--watch-namespaces=team-a,team-b')
  })

  test('uses only flags and variables that the operator knows', async () => {
    const known = operatorCommand().options
    const variables = known.map(({ envVar }) => envVar)
    const everything = await templateFile('everything.yaml')
    for (const { args, env } of podTemplate(everything).spec.containers) {
      for (const flag of args) expect(known.map(({ long }) => long)).toContain(flag.split('=')[0])
      for (const { name } of env.filter(({ name }) => name.startsWith('AUXO_'))) expect(variables).toContain(name)
    }
  })

  test('hands its values to the operator as flags', async () => {
    const values = ['shards=4', 'logLevel=debug', 'workers=8', 'transfers=3', 'addresses.deny={10.0.0.0/8,fd00::/8}']
    const flags = argumentsOf(
      await template(...values, 'upload.ingress.enabled=true', 'upload.ingress.host=up.example'),
    )
    expect(flags).toEqual(
      expect.arrayContaining([
        '--shards=4',
        '--log-level=debug',
        '--workers=8',
        '--transfers=3',
        '--deny-addresses=10.0.0.0/8,fd00::/8',
        '--upload-url=https://up.example',
      ]),
    )
  })

  test.each([
    ['replica=3', "additional properties 'replica' not allowed"],
    ['shards=0', '/shards'],
    ['spool.enabled=true', 'set replicas to 1, or spool.shared to true'],
    ['upload.url=http://plain.example', '/upload/url'],
    ['watchNamespaces={Team_A}', '/watchNamespaces/0'],
    ['upload.ingress.enabled=true', 'upload.ingress.host must be set'],
  ])('refuses %s and says where', async (value, message) => {
    await expect(template(value)).rejects.toThrow(message)
  })
})

/** An object without what the two ways of installing may differ in: labels, and what keeps a definition. */
function bare(object: Manifest): object {
  const copy = structuredClone(object) as Manifest & { spec?: { template?: Manifest } }
  for (const { metadata } of [copy, copy.spec?.template].filter((part) => part !== undefined)) {
    delete metadata['labels']
    const annotations = { ...(metadata['annotations'] as Record<string, string> | undefined) }
    delete annotations['helm.sh/resource-policy']
    metadata['annotations'] = annotations
  }
  return copy
}

interface PodTemplate {
  metadata: object
  spec: { containers: { args: string[]; env: { name: string }[] }[]; volumes: object[] }
}

function podTemplate(objects: readonly Manifest[]): PodTemplate {
  const workload = objects.find(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind))
  if (!workload) throw new Error('neither a Deployment nor a StatefulSet')
  return (workload['spec'] as { template: PodTemplate }).template
}

function argumentsOf(objects: readonly Manifest[]): string[] {
  return podTemplate(objects).spec.containers.flatMap(({ args }) => args)
}

import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { BUILD_MS, type Cluster, startCluster } from '../../test/config/cluster.ts'
import { eventually } from '../../test/support/eventually.ts'
import { KubeClient } from '../kube/client.ts'
import { type Connection, loadConnection } from '../kube/connection.ts'
import { type Image, images } from './kinds.ts'
import { commandLine } from './testing/command-line.ts'
import { StubOperator } from './testing/operator.ts'

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))
const NAMESPACE = 'desktops'
const SIZE = 2_000_000

let cluster: Cluster
let connection: Connection
let client: KubeClient
let tenant: string
let stranger: string
let directory: string
let operators: StubOperator[]

beforeAll(async () => {
  cluster = await startCluster({ controllers: true })
  connection = await loadConnection({ kubeconfig: cluster.kube.kubeconfig })
  client = new KubeClient({ connection })
  await cluster.kube.run(['create', 'rolebinding', 'anna', '--clusterrole=auxo-edit', '--user=anna', '-n', NAMESPACE])
  // By client certificate: nothing of it may be needed for the upload itself.
  tenant = await cluster.kube.kubeconfigFor('anna', [], { clientCertificate: true })
  stranger = await cluster.kube.kubeconfigFor('mallory', [], { clientCertificate: true })
  await cluster.kube.run(['apply', '--server-side', '-f', '-'], JSON.stringify(cloud('vdi')))
}, BUILD_MS)

afterAll(async () => {
  await connection?.close()
  await cluster?.[Symbol.asyncDispose]()
})

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'auxo-cli-'))
  operators = []
})

afterEach(async () => {
  for (const operator of operators) await operator.stop()
  await cluster.kube.run(['delete', 'images', '--all', '-n', NAMESPACE])
  rmSync(directory, { recursive: true })
})

function cloud(name: string) {
  return {
    apiVersion: 'vdi.auxo.dev/v1alpha1',
    kind: 'Cloud',
    metadata: { name, namespace: NAMESPACE },
    spec: { ownerID: 'test', credentials: { secretRef: { name: 'x' }, cloudName: 'x' } },
  }
}

function file(name: string, bytes = randomBytes(SIZE)): string {
  const path = join(directory, name)
  writeFileSync(path, bytes)
  return path
}

async function operatorFor(name: string): Promise<StubOperator> {
  const operator = new StubOperator(client, name)
  await operator.start()
  operators.push(operator)
  return operator
}

const auxo = (argv: string[], kubeconfig = tenant) => commandLine([...argv, '-n', NAMESPACE], { kubeconfig })
const get = (name: string) => client.get(images, { namespace: NAMESPACE, name }) as Promise<Image>

test('a file becomes a ready image; the same command again finds it there', async () => {
  const operator = await operatorFor('windows-11')
  const path = file('Windows 11.raw')
  const flags = ['--image-name', 'Windows 11', '--property', 'os_type=windows', '--tag', 'gold', '--min-disk', '40Gi']
  const first = await auxo(['image', 'upload', path, ...flags, '--disabled', '--visibility', 'private'])
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^image windows-11 is ready, id 0b54a1f6/) })
  expect(first.stderr).toContain('image windows-11 created in cloud vdi (raw)')
  expect(operator.tus.content.length).toBe(SIZE)
  const { spec } = await get('windows-11')
  expect(spec).toMatchObject({
    cloudRef: { name: 'vdi' },
    source: { type: 'Upload', upload: { size: String(SIZE) } },
    diskFormat: 'raw',
    imageName: 'Windows 11',
    properties: { os_type: 'windows' },
    tags: ['gold'],
    minDisk: '40Gi',
    visibility: 'Private',
    enablement: 'Disabled',
  })
  const again = await auxo(['image', 'upload', path])
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('is there already and ready') })
  const other = await auxo(['image', 'upload', file('Windows 11.raw', randomBytes(5))])
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('is ready with') })
})

test('enabling and disabling change nothing else; an image that is not there is exit code 3', async () => {
  await operatorFor('debian')
  await auxo(['image', 'upload', file('debian.raw')])
  const before = await get('debian')
  const disabled = await auxo(['image', 'disable', 'debian', 'nothing'])
  expect(disabled).toMatchObject({ code: 3, stdout: 'image debian disabled\n' })
  expect(disabled.stderr).toBe('error: there is no image nothing in namespace desktops\n')
  expect((await get('debian')).spec).toEqual({ ...before.spec, enablement: 'Disabled' })
  const enabled = await auxo(['image', 'enable', 'debian', '-o', 'name'])
  expect(enabled).toMatchObject({ code: 0, stdout: 'image.vdi.auxo.dev/debian\n' })
  expect((await get('debian')).spec).toEqual({ ...before.spec, enablement: 'Enabled' })
})

test('a field that Git owns is not taken without --force', async () => {
  await operatorFor('debian')
  await auxo(['image', 'upload', file('debian.raw')])
  const object = { metadata: { namespace: NAMESPACE, name: 'debian' }, spec: { enablement: 'Enabled' as const } }
  await client.apply(images, object, { fieldManager: 'argocd' })
  const refused = await auxo(['image', 'disable', 'debian'])
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/"argocd".*or use --force/) })
  expect(await auxo(['image', 'disable', 'debian', '--force'])).toMatchObject({ code: 0 })
})

test('list and status tell what is not ready', async () => {
  const operator = await operatorFor('windows-10')
  operator.stalled = { reason: 'QuotaExceeded', message: 'The project has no room.' }
  const upload = await auxo(['image', 'upload', file('windows-10.raw')])
  expect(upload).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('image windows-10 is stalled: QuotaExceeded: The project has no room.'),
  })
  const list = await auxo(['image', 'list'])
  expect(list.stdout).toMatch(
    /^NAME +READY +REASON +ORIGIN +ENABLEMENT +FORMAT +SIZE +PROGRESS +AGE\nwindows-10 +False/,
  )
  const all = await auxo(['image', 'list', '-o', 'json'])
  expect(JSON.parse(all.stdout)).toMatchObject({ kind: 'List', items: [{ kind: 'Image' }] })
  const status = await auxo(['status'], cluster.kube.kubeconfig)
  expect(status.code).toBe(1)
  expect(status.stdout).toMatch(/^KIND +NAME +REASON +MESSAGE$/m)
  expect(status.stdout).toMatch(/^Image +windows-10 +QuotaExceeded +The project has no room\.$/m)
  expect(status.stdout).toMatch(/^Cloud +vdi +NotSeen/m)
  const empty = await commandLine(['status', '-n', 'default'], { kubeconfig: cluster.kube.kubeconfig })
  expect(empty).toMatchObject({ code: 0, stdout: 'nothing of Auxo found in namespace default\n' })
})

test('what is refused, missing or wrong has its own exit code', async () => {
  const path = file('w.raw')
  expect(await auxo(['image', 'list'], stranger)).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^error: .*\n$/),
  })
  expect(await auxo(['image', 'upload', path, '--cloud', 'nope'])).toMatchObject({ code: 3 })
  expect(await auxo(['image', 'upload', join(directory, 'none.raw')])).toMatchObject({ code: 3 })
  expect(await auxo(['image', 'upload', path, '--format', 'qcow2'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is raw, not qcow2; leave --format out, or say --format raw'),
  })
  expect(await auxo(['image', 'upload', path, '--name', 'Bad Name'])).toMatchObject({ code: 1 })
  expect(await auxo(['image', 'upload', path, '--property', 'auxo_owner=me'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('auxo_'),
  })
  expect(await get('w')).toBeUndefined()
})

test('a content that is not the file’s is told', async () => {
  const operator = await operatorFor('w')
  operator.hashValue = 'a'.repeat(128)
  expect(await auxo(['image', 'upload', file('w.raw')])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('image w is not what'),
  })
})

test('an image of another source is left alone', async () => {
  const existing = { type: 'Existing' as const, existing: { name: 'w' } }
  const object = {
    metadata: { namespace: NAMESPACE, name: 'w' },
    spec: { cloudRef: { name: 'vdi' }, source: existing },
  }
  await client.apply(images, object, { fieldManager: 'test' })
  expect(await auxo(['image', 'upload', file('w.raw')])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('its source is Existing, not Upload'),
  })
})

test('several clouds need --cloud', async () => {
  await cluster.kube.run(['apply', '--server-side', '-f', '-'], JSON.stringify(cloud('other')))
  try {
    expect(await auxo(['image', 'upload', file('w.raw')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('several Clouds (other, vdi); say --cloud'),
    })
  } finally {
    await cluster.kube.run(['delete', 'cloud', 'other', '-n', NAMESPACE])
  }
})

test('as a plugin of kubectl: Ctrl-C ends it with 130 and the printed command goes on', async () => {
  const operator = await operatorFor('big')
  operator.tus.faults.push({ on: 'PATCH', cutAfter: 1_000_000 }, { on: 'HEAD', status: 503 })
  operator.tus.faults.unshift({ on: 'HEAD', status: 404 })
  const path = file('big.raw')
  const environment = {
    ...process.env,
    KUBECONFIG: tenant,
    PATH: [BIN, dirname(cluster.kube.kubectl), process.env['PATH']].join(delimiter),
  }
  const argv = ['auxo', 'image', 'upload', path, '-n', NAMESPACE]
  const plugin = spawn('kubectl', argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  plugin.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const ended = new Promise<number | null>((resolve) => plugin.on('close', resolve))
  await eventually('bytes were sent and the connection cut', () => stderr.includes('trying again'))
  plugin.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(stderr).toContain(`interrupted; go on with:\n  kubectl auxo image upload ${path} -n desktops\n`)
  expect(operator.tus.content.length).toBe(1_000_000)
  const { stdout } = await promisify(execFile)('kubectl', argv, { env: environment })
  expect(stdout).toMatch(/^image big is ready/)
  expect(operator.tus.content.length).toBe(SIZE)
  expect(operator.tus.log.at(-1)).toBe('PATCH 1000000')
})

test('completion knows commands, options and the names of the cluster', async () => {
  await operatorFor('debian')
  await auxo(['image', 'upload', file('debian.raw')])
  const complete = async (...words: string[]) =>
    (await commandLine(['__complete', ...words], { kubeconfig: tenant })).stdout.split('\n').slice(0, -1)
  expect(await complete('im')).toEqual(['image\twork with images', ':4'])
  expect(await complete('image', 'disable', '-n', NAMESPACE, '')).toEqual(['debian', ':4'])
  expect(await complete('image', 'upload', `--namespace=${NAMESPACE}`, '--format', 'v')).toEqual([
    'vmdk',
    'vhd',
    'vhdx',
    'vdi',
    ':4',
  ])
  expect(await complete('image', 'upload', '')).toEqual([':0'])
  expect(await complete('image', 'upload', '--cloud', '')).toEqual([':4'])
})

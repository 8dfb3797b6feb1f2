import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Access, fromKubeconfig, fromPod } from './access.ts'
import { KubeClient } from './client.ts'
import { type Connection, loadConnection, RenewingConnection } from './connection.ts'
import { configMaps } from './testing/config-maps.ts'
import { FakeApiServer } from './testing/fake-api-server.ts'

let directory: string
let server: FakeApiServer
const open = new Set<Connection>()

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  server = new FakeApiServer()
  await server.start()
})
afterEach(async () => {
  await server.stop()
  for (const connection of open) await connection.close()
  open.clear()
  await rm(directory, { recursive: true })
})

/** A kubeconfig with one context; returns its path. */
async function kubeconfig(user: object, { cluster = {}, file = 'config', context = 'main' } = {}): Promise<string> {
  const path = join(directory, file)
  const config = {
    'current-context': context,
    clusters: [{ name: 'c', cluster: { server: server.url, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: context, context: { cluster: 'c', user: 'u', namespace: 'team' } }],
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

/** What the API server is shown by a request over this connection. */
async function shown(connection: Connection) {
  open.add(connection)
  await new KubeClient({ connection }).list(configMaps)
  return server.requests.at(-1)?.headers
}

test('a token, a token file beside the kubeconfig, a password', async () => {
  const token = await loadConnection({ kubeconfig: await kubeconfig({ token: 't1' }) })
  expect(token.namespace).toBe('team')
  expect(await shown(token)).toMatchObject({ authorization: 'Bearer t1' })
  await writeFile(join(directory, 'token'), 't2\n')
  const file = await loadConnection({ kubeconfig: await kubeconfig({ tokenFile: 'token' }) })
  expect(await shown(file)).toMatchObject({ authorization: 'Bearer t2' })
  const basic = await loadConnection({ kubeconfig: await kubeconfig({ username: 'me', password: 'p' }) })
  expect(await shown(basic)).toMatchObject({ authorization: `Basic ${Buffer.from('me:p').toString('base64')}` })
})

test('impersonation is passed on', async () => {
  const config = await kubeconfig({ token: 't', as: 'jane', 'as-groups': ['a', 'b'] })
  const headers = await shown(await loadConnection({ kubeconfig: config }))
  expect(headers).toMatchObject({ 'impersonate-user': 'jane', 'impersonate-group': 'a, b' })
})

test('a credential plugin is run, told the version, and run again when its token is refused', async () => {
  const counter = join(directory, 'count')
  const script = `n=$(cat ${counter} 2>/dev/null || echo 0); n=$((n+1)); echo $n > ${counter}
    case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) ;; *) exit 1;; esac
    echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"plugin-'$n'"}}'`
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] }
  const connection = await loadConnection({ kubeconfig: await kubeconfig({ exec }) })
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer plugin-1' })
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer plugin-1' })
  server.fail({ when: () => true, status: 401 })
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer plugin-2' })
})

test('a plugin that fails says so', async () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'echo no login >&2; exit 1'],
  }
  const failed = loadConnection({ kubeconfig: await kubeconfig({ exec }) })
  await expect(failed).rejects.toMatchObject({ class: 'Auth', message: expect.stringContaining('no login') })
})

test('a refused token is read again once for all who wait; one that stays the same is not sent twice', async () => {
  let reads = 0
  const access = (token: string): Access => ({
    server: new URL(server.url),
    namespace: undefined,
    tls: {},
    proxy: undefined,
    headers: { authorization: token },
    maxAgeMs: Number.POSITIVE_INFINITY,
  })
  const source = async () => {
    reads += 1
    return access(reads > 1 ? 'new' : 'old')
  }
  const connection = new RenewingConnection(source, await source(), () => 0)
  server.fail({ when: () => true, times: 2, status: 401 })
  const both = await Promise.all([shown(connection), shown(connection)])
  expect(both.length).toBe(2)
  expect(reads).toBe(2)
  expect(server.requests.at(-1)?.headers).toMatchObject({ authorization: 'new' })
  server.fail({ when: () => true, times: 1, status: 401 })
  const before = server.requests.length
  await expect(shown(connection)).rejects.toMatchObject({ class: 'Auth' })
  expect(server.requests.length - before).toBe(1)
})

test('in a pod: the service account, its token read again when it is a minute old', async () => {
  await writeFile(join(directory, 'ca.crt'), '')
  await writeFile(join(directory, 'namespace'), 'operators')
  await writeFile(join(directory, 'token'), 'first')
  let now = 0
  const { hostname, port } = new URL(server.url)
  const pod = fromPod(hostname, port, directory)
  // The fake speaks plain HTTP.
  const source = async () => ({ ...(await pod(false)), server: new URL(server.url) })
  const connection = new RenewingConnection(source, await source(), () => now)
  expect(connection.namespace).toBe('operators')
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer first' })
  await writeFile(join(directory, 'token'), 'second')
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer first' })
  now = 61_000
  expect(await shown(connection)).toMatchObject({ authorization: 'Bearer second' })
  expect((await fromPod('fd00::1', '443', directory)(false)).server.href).toBe('https://[fd00::1]/')
})

test('TLS settings of the cluster and certificates of the user', async () => {
  const data = (text: string) => Buffer.from(text).toString('base64')
  await writeFile(join(directory, 'client.key'), 'key')
  const cluster = {
    'certificate-authority-data': data('ca'),
    'tls-server-name': 'kube.local',
    'proxy-url': 'http://proxy:3128',
  }
  const user = { 'client-certificate-data': data('cert'), 'client-key': 'client.key' }
  const access = await fromKubeconfig([await kubeconfig(user, { cluster })])(false)
  expect(access.tls).toEqual({
    ca: Buffer.from('ca'),
    cert: Buffer.from('cert'),
    key: Buffer.from('key'),
    servername: 'kube.local',
  })
  expect(access.proxy).toBe('http://proxy:3128')
  const insecure = await kubeconfig({}, { cluster: { 'insecure-skip-tls-verify': true } })
  expect((await fromKubeconfig([insecure])(false)).tls).toEqual({ rejectUnauthorized: false })
})

test('$KUBECONFIG names several files: the first that says something wins, missing ones are skipped', async () => {
  const first = await kubeconfig({ token: 'first' }, { file: 'first', context: 'one' })
  const second = await kubeconfig({ token: 'second' }, { file: 'second', context: 'two' })
  const env = { KUBECONFIG: [join(directory, 'missing'), first, second].join(':') }
  expect(await shown(await loadConnection({ env }))).toMatchObject({ authorization: 'Bearer first' })
  expect(await loadConnection({ env, context: 'two' })).toBeDefined()
})

test.each([
  ['is missing', undefined, 'there is no kubeconfig at'],
  ['is empty', '', 'names no current-context'],
  ['is not YAML', 'a: [\nsecret-token', 'is not YAML'],
  ['is a list', '- a', 'is not a map'],
  ['names a context that is not there', 'current-context: x', 'has no context x'],
  [
    'names a user that is not there',
    '{current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: "https://h"}}]}',
    'there is no user u',
  ],
  [
    'has a broken URL',
    '{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "kube:6443"}}]}',
    'is not a URL with http or https',
  ],
])('a kubeconfig that %s is an error that says so and shows no content', async (_, text, message) => {
  const file = join(directory, 'broken')
  if (text !== undefined) await writeFile(file, text)
  const error = await loadConnection({ kubeconfig: file }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ class: 'InvalidSpec', code: 'KubeconfigInvalid' })
  expect((error as Error).message).toContain(message)
  expect((error as Error).message).not.toContain('secret-token')
})

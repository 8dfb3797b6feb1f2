import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Kube, startKube } from './kube.ts'

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.lab.test' },
  spec: {
    group: 'lab.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
}

let kube: Kube
let dispatcher: Agent

beforeAll(async () => {
  kube = await startKube({ controllers: true, users: [{ name: 'alice', groups: ['painters'] }] })
  dispatcher = new Agent({ connect: { ca: readFileSync(kube.caFile, 'utf8') } })
  return async () => {
    await dispatcher.destroy()
    await kube.stop()
    expect(kube.pids()).toEqual([])
  }
}, 900_000)

function get(path: string) {
  return request(`${kube.server}${path}`, { dispatcher, headers: { authorization: `Bearer ${kube.token}` } })
}

describe('a local Kubernetes API', { timeout: 120_000 }, () => {
  it('serves custom resources', async () => {
    await kube.run(['apply', '-f', '-'], JSON.stringify(WIDGETS))
    await kube.run(['wait', '--for=condition=Established', 'crd/widgets.lab.test'])
    const widget = { apiVersion: 'lab.test/v1', kind: 'Widget', metadata: { name: 'one' }, spec: { size: 3 } }
    await kube.run(['apply', '-f', '-'], JSON.stringify(widget))
    expect(await kube.run(['get', 'widgets', '-o', 'jsonpath={.items[*].spec.size}'])).toBe('3')
  })

  it('logs the requests that write, and only those', async () => {
    await kube.run(['create', 'configmap', 'audited'])
    const events = readFileSync(kube.auditLog, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const verbs = new Set(events.map((event) => event.verb))
    expect(events.find((event) => event.objectRef.name === 'audited')).toMatchObject({
      verb: 'create',
      user: { username: 'admin' },
    })
    expect([...verbs].filter((verb) => ['get', 'list', 'watch'].includes(verb))).toEqual([])
  })

  it('knows users by token and by client certificate', async () => {
    const whoAmI = async (kubeconfig: string) =>
      JSON.parse(await kube.run([`--kubeconfig=${kubeconfig}`, 'auth', 'whoami', '-o', 'json'])).status.userInfo
    expect(await whoAmI(await kube.kubeconfigFor('alice', []))).toMatchObject({
      username: 'alice',
      groups: ['painters', 'system:authenticated'],
    })
    expect(await whoAmI(await kube.kubeconfigFor('bob', ['dev/ops', 'qa'], { clientCertificate: true }))).toMatchObject(
      {
        username: 'bob',
        groups: ['dev/ops', 'qa', 'system:authenticated'],
      },
    )
  })

  it('aggregates roles, gives namespaces their service account and takes them down', async () => {
    await kube.run(['create', 'namespace', 'short-lived'])
    await kube.run(['wait', '--for=create', '-n', 'short-lived', 'serviceaccount/default', '--timeout=30s'])
    const view = await kube.run(['get', 'clusterrole', 'view', '-o', 'jsonpath={.rules}'])
    expect(JSON.parse(view).length).toBeGreaterThan(5)
    await kube.run(['delete', 'namespace', 'short-lived', '--timeout=60s'])
  })

  it('keeps its objects over a restart and a crash of the API server', async () => {
    await kube.run(['create', 'configmap', 'lasting'])
    await kube.restartApiServer()
    await kube.killApiServer()
    await expect(kube.run(['get', 'configmap', 'lasting'])).rejects.toThrow()
    await kube.startApiServer()
    expect(await kube.run(['get', 'configmap', 'lasting', '-o', 'name'])).toBe('configmap/lasting\n')
  })

  it('answers 410 to a watch from a compacted revision', async () => {
    const list = (await (await get('/api/v1/namespaces/default/configmaps')).body.json()) as {
      metadata: { resourceVersion: string }
    }
    await kube.run(['create', 'configmap', 'later'])
    await kube.compact()
    await kube.restartApiServer()
    const watch = `watch=true&timeoutSeconds=5&resourceVersion=${list.metadata.resourceVersion}`
    const { body } = await get(`/api/v1/namespaces/default/configmaps?${watch}`)
    const [first = ''] = (await body.text()).split('\n')
    expect(JSON.parse(first)).toMatchObject({ type: 'ERROR', object: { code: 410 } })
  })
})

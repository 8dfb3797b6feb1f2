import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { helm } from '../../hack/judges/helm.ts'
import { type Kube, startKube } from '../../hack/lab/kube/kube.ts'
import { eventually } from '../support/eventually.ts'
import { BUILD_MS } from './cluster.ts'
import { root } from './manifests.ts'

let kube: Kube
let helmPath: string
beforeAll(async () => {
  helmPath = await helm()
  kube = await startKube()
}, BUILD_MS)
afterAll(async () => await kube.stop())

/** Runs helm against the cluster and returns what it prints. */
async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(helmPath, ['--kubeconfig', kube.kubeconfig, ...args])
  return stdout
}

test('a release is installed, changed and removed, and the objects of users stay', async () => {
  const chart = join(root, 'config/helm/auxo')
  const place = ['auxo', chart, '--namespace', 'vdi']
  const notes = await run('install', ...place, '--create-namespace', '--set', 'upload.url=https://uploads.example.com')
  expect(notes).toContain('Clients send uploads to https://uploads.example.com')
  await eventually(
    'the samples are accepted',
    async () => await kube.run(['apply', '-f', join(root, 'config/samples')]),
  )

  const kinds = 'deployments,statefulsets,persistentvolumeclaims'
  const workloads = async () => (await kube.run(['-n', 'vdi', 'get', kinds, '-o', 'name'])).trim().split('\n')
  await run('upgrade', ...place, '--set', 'replicas=1,spool.enabled=true')
  expect(await workloads()).toEqual(['statefulset.apps/auxo'])
  await run('upgrade', ...place, '--set', 'replicas=3,spool.enabled=true,spool.shared=true')
  expect(await workloads()).toEqual(['deployment.apps/auxo', 'persistentvolumeclaim/auxo-spool'])

  await run('uninstall', 'auxo', '--namespace', 'vdi')
  const left = await kube.run(['-n', 'vdi', 'get', 'all,roles,rolebindings', '-o', 'name'])
  expect(left.trim()).toBe('')
  const policies = await kube.run(['get', 'validatingadmissionpolicies,clusterroles', '-o', 'name'])
  expect(policies).not.toContain('auxo')
  const images = await kube.run(['-n', 'desktops', 'get', 'images', '-o', 'name'])
  expect(images.trim().split('\n')).toHaveLength(3)
}, 120_000)

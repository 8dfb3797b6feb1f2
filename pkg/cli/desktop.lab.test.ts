import { afterAll, beforeAll, expect, test } from 'vitest'
import { START_MS, Stage } from '../../test/e2e/harness.ts'
import type { Tenant } from '../../test/e2e/tenant.ts'
import { desktops } from './kinds.ts'
import { commandLine } from './testing/command-line.ts'

let stage: Stage
let tenant: Tenant

beforeAll(async () => {
  stage = await Stage.start()
  tenant = await stage.tenant({ connected: false })
  await tenant.applySecret()
  const credentials = { secretRef: { name: 'vdi-cloud' }, cloudName: 'admin' }
  await tenant.applyCloud({ credentials, project: { name: 'demo' } })
  await stage.operator({ 'watch-namespaces': tenant.namespace })
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

const auxo = (...argv: string[]) =>
  commandLine([...argv, '-n', tenant.namespace], { kubeconfig: stage.kube.kubeconfig })

test('a desktop is listed, stopped and started; what Git says of it is not taken', async () => {
  const [id = ''] = tenant.cloud.seed(1, () => ({ name: 'windows' }))
  await tenant.apply('windows', { source: { type: 'Existing', existing: { id } } })
  await tenant.desktops.apply('pc', {
    cloudRef: { name: 'vdi' },
    source: { type: 'Image', image: { imageRef: { name: 'windows' } } },
    resources: { cpus: 2, memory: '4Gi', disk: '40Gi' },
    networks: [{ name: 'nic0', network: { name: 'desktops' } }],
  })
  await tenant.desktops.ready('pc')
  expect((await auxo('desktop', 'list')).stdout).toMatch(/^pc +True +Available +Running +2 +4Gi +[0-9.]+/m)

  expect(await auxo('desktop', 'stop', 'pc')).toMatchObject({ code: 0, stdout: 'desktop pc is to be stopped\n' })
  expect((await tenant.desktops.ready('pc')).status?.powerState).toBe('Stopped')
  expect(await auxo('desktop', 'start', 'pc')).toMatchObject({ code: 0, stdout: 'desktop pc is to run\n' })
  expect((await tenant.desktops.ready('pc')).status?.powerState).toBe('Running')

  const spec = { powerState: 'Running' as const }
  const name = { namespace: tenant.namespace, name: 'pc' }
  await stage.client.apply(desktops, { metadata: name, spec }, { fieldManager: 'flux' })
  expect(await auxo('desktop', 'stop', 'pc')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/"flux".*change it where it is set, or use --force/),
  })
})

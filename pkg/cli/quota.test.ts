import { beforeEach, expect, test } from 'vitest'
import { type ProjectQuota, projectQuotas } from './kinds.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const cluster = new FakeCluster()
const { namespace } = cluster

beforeEach(async () => {
  await cluster.client.create(projectQuotas, sales)
})
const sales: ProjectQuota = {
  metadata: { namespace, name: 'sales' },
  spec: { cloudRef: { name: 'vdi' }, project: { name: 'sales' }, limits: { cpus: 40, memory: '80Gi', storage: '-1' } },
  status: {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Applied',
        message: 'Nova and Cinder have the limits.',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
    project: { id: 'f00', name: 'sales' },
    limits: { cpus: 40, memoryMiB: 80 * 1024, storageGiB: -1 },
    used: { cpus: 36, memoryMiB: 70 * 1024, storageGiB: 2048 },
    held: { cpus: 4, memoryMiB: 1536 },
    available: { cpus: 0, memoryMiB: 8704, storageGiB: -1 },
    holds: [{ uid: 'u', resize: 'pc-001-more', cpus: 4, memoryMiB: 1536 }],
  },
}

const quota = async (...argv: string[]) => {
  const outcome = await cluster.auxo(['quota', ...argv])
  return { ...outcome, stdout: outcome.stdout.replace(/\d+s$/gm, '-').replace(/ +/g, ' ') }
}

test('all quotas: used of limit', async () => {
  expect(await quota()).toMatchObject({
    code: 0,
    stdout: `NAME READY REASON PROJECT INSTANCES CPUS MEMORY VOLUMES STORAGE HOLDS AGE
sales True Applied sales 36/40 70Gi/80Gi 2Ti/unlimited 1 -
`,
  })
})

test('one quota: what is left, and who holds what', async () => {
  expect(await quota('sales')).toMatchObject({
    code: 0,
    stdout: `Applied: Nova and Cinder have the limits.

RESOURCE LIMIT USED HELD LEFT
cpus 40 36 4 0
memory 80Gi 70Gi 1536Mi 8704Mi
storage unlimited 2Ti unlimited

HELD BY CPUS MEMORY
pc-001-more 4 1536Mi
`,
  })
  expect(JSON.parse((await quota('sales', '-o', 'json')).stdout)).toMatchObject({ kind: 'ProjectQuota' })
  expect(await quota('nobody')).toMatchObject({
    code: 3,
    stderr: 'error: there is no projectquota nobody in namespace desktops\n',
  })
})

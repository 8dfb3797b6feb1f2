import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { START_MS } from '../e2e/harness.ts'
import { eventually } from '../support/eventually.ts'
import { RealStage } from './real-stage.ts'

let stage: RealStage
beforeAll(async () => {
  if (whyNoOpenStack()) return
  stage = await RealStage.start({ services: ['glance', 'nova', 'cinder'] })
  await stage.operator()
}, START_MS)
afterAll(async () => {
  await stage?.stop()
}, START_MS)

describe.skipIf(whyNoOpenStack())('a Cloud with Nova and Cinder', () => {
  it('shows their services and absolute limits (ADM-4)', async () => {
    const tenant = await stage.tenant()
    await tenant.cloudReason('Connected')
    const known = await eventually('the limits are known', async () => {
      const cloud = await tenant.cloudObject()
      return (cloud?.status?.absoluteLimits?.length ?? 0) > 0 ? cloud : undefined
    })
    const types = known.status?.services?.map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['identity', 'image', 'compute', 'block-storage']))
    const compute = known.status?.services?.find(({ type }) => type === 'compute')
    expect(compute).toMatchObject({ minMicroversion: '2.1', maxMicroversion: expect.stringMatching(/^2\.[0-9]+$/) })
    const limits = known.status?.absoluteLimits ?? []
    expect(limits.map(({ service }) => service)).toEqual(expect.arrayContaining(['compute', 'block-storage']))
    for (const name of ['instances', 'cores', 'gigabytes']) {
      const found = limits.filter((limit) => limit.name.toLowerCase().includes(name))
      expect(found, name).not.toEqual([])
    }
    expect(limits.every(({ limit }) => Number.isInteger(limit))).toBe(true)
  })
})

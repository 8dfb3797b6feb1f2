import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { type OpenStack, startOpenStack } from '../../hack/lab/cloud/openstack.ts'
import { cloudContract } from './contract.ts'
import { type Target, targetOf } from './target.ts'

describe.skipIf(whyNoOpenStack())('a real OpenStack', () => {
  let cloud: OpenStack
  let target: Target
  beforeAll(async () => {
    cloud = await startOpenStack({ services: ['glance', 'nova', 'cinder'] })
    const elapse = (milliseconds: number) => sleep(milliseconds)
    target = targetOf(readFileSync(cloud.cloudsYaml, 'utf8'), { downloadPort: 0, now: Date.now, elapse })
  })
  afterAll(() => cloud?.stop())
  cloudContract(() => target)
})

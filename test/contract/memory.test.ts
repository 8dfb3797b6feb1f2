import { afterAll, beforeAll, describe } from 'vitest'
import { type Cloud, startCloud } from '../cloud/cloud.ts'
import { cloudContract } from './contract.ts'
import { type Target, targetOf } from './target.ts'

describe('the in-memory cloud', () => {
  let ahead = 0
  const now = () => Date.now() + ahead
  let cloud: Cloud
  let target: Target
  beforeAll(async () => {
    cloud = await startCloud({ now })
    const elapse = async (milliseconds: number) => {
      ahead += milliseconds
    }
    target = targetOf(cloud.cloudsYaml(), { downloadPort: 0, now, elapse })
  })
  afterAll(() => cloud.stop())
  cloudContract(() => target)
})

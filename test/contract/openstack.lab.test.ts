import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe } from 'vitest'
import { cloudContract } from './contract.ts'
import { type Target, targetOf } from './target.ts'

/** A clouds.yaml with the clouds admin, demo and reader; its web-download must allow 127.0.0.1:28080. */
const file = process.env['CONTRACT_CLOUDS_YAML']

describe.skipIf(file === undefined)('a real OpenStack', () => {
  let target: Target
  beforeAll(() => {
    const yaml = readFileSync(file ?? '', 'utf8')
    const elapse = (milliseconds: number) => sleep(milliseconds)
    target = targetOf(yaml, { downloadPort: 28_080, now: Date.now, elapse })
  })
  cloudContract(() => target)
})

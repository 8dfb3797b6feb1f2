import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../test/cloud/cloud.ts'
import { LostAnswer, sendOnce } from './lost-answer.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()
const resize = { service: 'compute', method: 'POST', path: '/servers/x/action', json: {}, timeoutMs: 300 } as const
const now = () => 1_800_000_000_000

async function send(action?: FaultRule['action']) {
  const cloud = await start()
  const { session } = open(cloud.cloudsYaml(), 'demo', { now })
  await session.identity()
  if (action) cloud.faults.add({ match: { service: 'compute' }, action })
  const failure: unknown = await sendOnce(session, resize).catch((error: unknown) => error)
  return { failure, sent: cloud.requests.count({ service: 'compute', method: 'POST' }) }
}

describe('sendOnce', () => {
  it.each<FaultRule['action']>([
    { type: 'ResetBefore' },
    { type: 'ResetAfter' },
    { type: 'HangAfter' },
    { type: 'Status', status: 500 },
    { type: 'Status', status: 502 },
    { type: 'Status', status: 503 },
    { type: 'Status', status: 504 },
  ])('does not know the outcome after %j, and does not try again', async (action) => {
    const { failure, sent } = await send(action)
    expect(failure).toBeInstanceOf(LostAnswer)
    expect(failure).toMatchObject({ class: 'UnknownOutcome', sentAt: now(), mayActUntil: now() + 300 })
    expect(sent).toBe(1)
  })

  it.each([400, 403, 404, 409, 429, 501])('takes %i for an answer', async (status) => {
    const { failure, sent } = await send({ type: 'Status', status })
    expect(failure).not.toBeInstanceOf(LostAnswer)
    expect(failure).toMatchObject({ status })
    expect(sent).toBe(1)
  })

  it('sends again after a refused token: that one did nothing', async () => {
    const { failure, sent } = await send({ type: 'Status', status: 401 })
    expect(failure).toMatchObject({ status: 400 })
    expect(sent).toBe(2)
  })

  it('knows that nothing arrived where nobody listens', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    await session.identity()
    await cloud.outage(true)
    await expect(sendOnce(session, resize)).rejects.toMatchObject({ class: 'Unavailable', code: 'ConnectionRefused' })
  })
})

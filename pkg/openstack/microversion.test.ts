import { describe, expect, it } from 'vitest'
import { chooseMicroversion } from './microversion.ts'
import { ServiceApi } from './service-api.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

describe('chooseMicroversion', () => {
  const wish = { least: '2.58', best: '2.84', feature: 'events' }

  it.each([
    ['2.104', '2.84'],
    ['2.84', '2.84'],
    ['2.79', '2.79'],
    ['2.58', '2.58'],
  ])('of a service that offers up to %s takes %s', (max, chosen) => {
    expect(chooseMicroversion('compute', wish, { min: '2.1', max })).toBe(chosen)
  })

  it('takes the least of a service that does not tell', () => {
    expect(chooseMicroversion('compute', wish)).toBe('2.58')
  })

  it('says what a cloud is too old for', () => {
    expect(() => chooseMicroversion('compute', wish, { min: '2.1', max: '2.9' })).toThrow(
      expect.objectContaining({
        class: 'Refused',
        code: 'MicroversionTooOld',
        message: 'compute: the cloud is too old for events: it offers up to 2.9, 2.58 is needed',
      }),
    )
  })

  it('says that a cloud has left an old one behind', () => {
    expect(() => chooseMicroversion('compute', wish, { min: '2.90', max: '2.200' })).toThrow(
      expect.objectContaining({ class: 'Refused', code: 'MicroversionTooNew' }),
    )
  })
})

describe('Session.microversion', () => {
  const { start, session: open } = cloudFixture()

  it('asks for the versions once, and sends the chosen one', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const api = new ServiceApi(session, 'compute')
    const limits = () => api.call('GET', '/limits', () => undefined, { wish: { least: '2.57', feature: 'limits' } })
    const answers = [await limits(), await limits()]
    expect(answers.map(({ headers }) => headers['openstack-api-version'])).toEqual(['compute 2.57', 'compute 2.57'])
    expect(cloud.requests.count({ service: 'compute' })).toBe(3)
  })

  it('looks again after it was too old: clouds are upgraded', async () => {
    const cloud = await start()
    const { session } = open(cloud.cloudsYaml())
    const wish = { least: '2.200', feature: 'time travel' }
    for (const asked of [1, 2]) {
      await expect(session.microversion('compute', wish)).rejects.toMatchObject({ code: 'MicroversionTooOld' })
      expect(cloud.requests.count({ service: 'compute' })).toBe(asked)
    }
  })
})

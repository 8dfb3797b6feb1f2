import { describe, expect, it } from 'vitest'
import { cloudFixture } from './testing/cloud-fixture.ts'
import { UserService } from './user-service.ts'

const { start, session: open } = cloudFixture()

describe('UserService', () => {
  it('finds a user by name, for administrators only', async () => {
    const cloud = await start()
    const { users } = open(cloud.cloudsYaml(), 'admin')
    expect(await users.idOf('demo')).toBe(cloud.identity.user('demo').id)
    expect(await users.idOf('nobody')).toBeUndefined()
    const refused = { class: 'Refused', code: 'Forbidden' }
    await expect(open(cloud.cloudsYaml(), 'demo').users.idOf('demo')).rejects.toMatchObject(refused)
  })

  it('does not choose among users of the same name', async () => {
    const users = new UserService({
      requestTimeoutMs: 1,
      microversion: async () => '',
      request: async () => ({
        ...{ status: 200, headers: {}, requestId: 'req-1' },
        body: {
          users: [
            { id: '1', name: 'kim' },
            { id: '2', name: 'kim' },
          ],
        },
      }),
    })
    await expect(users.idOf('kim')).rejects.toMatchObject({ class: 'InvalidSpec', code: 'UserAmbiguous' })
  })
})

import { describe, expect, it } from 'vitest'
import { OpenStackError } from './errors.ts'
import type { Token } from './token.ts'
import { TokenCache } from './token-cache.ts'

function fixture(lifetimeMs = 3_600_000) {
  const state = { now: 0, logins: 0, failure: undefined as Error | undefined }
  const cache = new TokenCache(
    async () => {
      state.logins += 1
      if (state.failure) throw state.failure
      return { value: `token-${state.logins}`, lifetimeMs } as Token
    },
    () => state.now,
  )
  return { cache, state }
}

const down = new OpenStackError('down', { class: 'Unavailable', code: 'ConnectionRefused' })
const refused = new OpenStackError('refused', { class: 'Auth', code: 'CredentialsRejected' })

describe('TokenCache', () => {
  it('logs in once for all who wait', async () => {
    const { cache, state } = fixture()
    const tokens = await Promise.all([cache.get(), cache.get(), cache.get()])
    expect(new Set(tokens.map((token) => token.value))).toEqual(new Set(['token-1']))
    expect(state.logins).toBe(1)
  })

  it.each([
    [3_600_000, 3_300_000],
    [30_000, 24_000],
  ])('of a life of %i ms, replaces the token after %i ms', async (lifetime, renewal) => {
    const { cache, state } = fixture(lifetime)
    await cache.get()
    state.now = renewal - 1
    expect((await cache.get()).value).toBe('token-1')
    state.now = renewal
    expect((await cache.get()).value).toBe('token-2')
  })

  it('renews a refused token once, however many were refused with it', async () => {
    const { cache, state } = fixture()
    const token = await cache.get()
    const renewed = await Promise.all([cache.after(token), cache.after(token), cache.after(token)])
    expect(renewed.map(({ value }) => value)).toEqual(['token-2', 'token-2', 'token-2'])
    expect((await cache.after(token)).value).toBe('token-2')
    expect(state.logins).toBe(2)
  })

  it('lives on the old token while Keystone is away, as long as that is good', async () => {
    const { cache, state } = fixture(30_000)
    await cache.get()
    state.failure = down
    state.now = 25_000
    expect((await cache.get()).value).toBe('token-1')
    expect((await cache.get()).value).toBe('token-1')
    expect(state.logins).toBe(2)
    state.now = 30_000
    await expect(cache.get()).rejects.toBe(down)
    state.failure = undefined
    expect((await cache.get()).value).toBe('token-4')
  })

  it('does not try a refused credential again at once: users get locked out', async () => {
    const { cache, state } = fixture()
    state.failure = refused
    await expect(cache.get()).rejects.toBe(refused)
    await expect(cache.get()).rejects.toBe(refused)
    expect(state.logins).toBe(1)
    state.failure = undefined
    state.now = 10_000
    expect((await cache.get()).value).toBe('token-2')
  })
})

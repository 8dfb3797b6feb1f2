import { describe, expect, it } from 'vitest'
import { computeBench, novaMessage } from './compute-bench.ts'
import type { Target } from './target.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIpAvlKtwJhRmz/6BL2Bl5AAZOxaeNr+MkQJLNjqJh4f a@b'
const FINGERPRINT = '54:29:f9:f5:f0:21:60:b2:4c:68:f3:27:74:dd:a1:7f'
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBLDCB36ADAgECAhQBErN45OxIgc5ba8/6ECEPWxw3rDAFBgMrZXAwDDEKMAgG
A1UEAwwBYTAeFw0yNjExMzAyMDM4MTNaFw0zNjExMjcyMDM4MTNaMAwxCjAIBgNV
BAMMAWEwKjAFBgMrZXADIQB/xIY44WBRSLAkoCf9Kbxa5x44PmlL3Q6lBjUaRrTV
dKNTMFEwHQYDVR0OBBYEFOvCPuJpAkjykMWBb8MiKROQZf3WMB8GA1UdIwQYMBaA
FOvCPuJpAkjykMWBb8MiKROQZf3WMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA
ugeoDd1WcnDSjx5vJV5QI1mGoFlrMSZOYqtDx+Bu06rBZTiLHwwCqwzbdLkAAP0W
4IXDtFKGKhzRuOwIRJmjAQ==
-----END CERTIFICATE-----
`

/** Key pairs: they belong to users, not to projects. */
export function novaKeyPairsContract(target: () => Target): void {
  describe('Nova: key pairs', () => {
    const bench = computeBench(target)
    const add = (fields: object, options?: Parameters<ReturnType<typeof bench>['post']>[2]) => {
      return bench().post('/os-keypairs', { keypair: { public_key: KEY, ...fields } }, options)
    }
    const names = ({ json }: { json: { keypairs: { keypair: { name: string } }[] } }) => {
      return json.keypairs.map(({ keypair }) => keypair.name)
    }

    it('are imported once', async () => {
      const name = `k-${crypto.randomUUID()}`
      const { status, json } = await add({ name })
      expect(status).toBe(201)
      const { userId } = bench().sessions.demo
      expect(json.keypair).toEqual({ name, public_key: KEY, fingerprint: FINGERPRINT, user_id: userId, type: 'ssh' })
      const again = await add({ name })
      expect([again.status, novaMessage(again)]).toEqual([409, `Key pair '${name}' already exists.`])
      const path = `/os-keypairs/${name}`
      expect((await bench().get(path)).json.keypair).toMatchObject({ name, type: 'ssh', fingerprint: FINGERPRINT })
      expect((await bench().delete(path)).status).toBe(204)
      expect((await bench().delete(path)).status).toBe(404)
      const missing = await bench().get(path)
      expect([missing.status, novaMessage(missing)]).toEqual([404, `Keypair ${name} not found for user ${userId}`])
    })

    it('are made by Nova only below 2.92', async () => {
      const name = `k-${crypto.randomUUID()}`
      const generate = (version: string) => bench().post('/os-keypairs', { keypair: { name } }, { version })
      expect((await generate('2.92')).status).toBe(400)
      const { status, json } = await generate('2.91')
      expect([status, json.keypair.public_key.slice(0, 4)]).toEqual([201, 'ssh-'])
      expect(json.keypair.private_key).toMatch(/PRIVATE KEY/)
      await bench().delete(`/os-keypairs/${name}`)
    })

    it('may be certificates', async () => {
      const name = `k-${crypto.randomUUID()}`
      const { status, json } = await add({ name, type: 'x509', public_key: CERTIFICATE })
      expect([status, json.keypair.type]).toEqual([201, 'x509'])
      expect(json.keypair.fingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/)
      await bench().delete(`/os-keypairs/${name}`)
    })

    it('have names and keys that Nova can use', async () => {
      for (const name of ['a/b', '', 'ä', 'x'.repeat(256)])
        expect([name, (await add({ name })).status]).toEqual([name, 400])
      expect((await add({ name: 'k', public_key: 'ssh-ed25519 nonsense' })).status).toBe(400)
      expect((await add({ name: 'k', type: 'gpg' })).status).toBe(400)
      const dotted = `k.${crypto.randomUUID()}@x`
      expect((await add({ name: dotted }, { version: '2.91' })).status).toBe(400)
      expect((await add({ name: dotted })).status).toBe(201)
      expect((await bench().delete(`/os-keypairs/${encodeURIComponent(dotted)}`)).status).toBe(204)
    })

    it("are the user's own; administrators may name a user since 2.10", async () => {
      const name = `k-${crypto.randomUUID()}`
      const { userId } = bench().sessions.demo
      const path = `/os-keypairs?user_id=${userId}`
      expect((await add({ name, user_id: userId }, { by: 'admin' })).status).toBe(201)
      expect(names(await bench().get('/os-keypairs'))).toContain(name)
      expect(names(await bench().get('/os-keypairs', { by: 'admin' }))).not.toContain(name)
      expect(names(await bench().get(path, { by: 'admin' }))).toContain(name)
      const { userId: other } = bench().sessions.admin
      expect((await bench().get(`/os-keypairs?user_id=${other}`)).status).toBe(403)
      expect((await add({ name: 'k', user_id: other })).status).toBe(403)
      expect((await bench().delete(`/os-keypairs/${name}?user_id=${userId}`, { by: 'admin' })).status).toBe(204)
      expect((await bench().get(`/os-keypairs/${name}`)).status).toBe(404)
    })

    it('are listed by name, in pages since 2.35', async () => {
      const prefix = `k-${crypto.randomUUID()}`
      for (const letter of ['b', 'a', 'c']) await add({ name: `${prefix}-${letter}` })
      const page = await bench().get(`/os-keypairs?limit=2&marker=${prefix}-a`)
      expect(names(page).slice(0, 2)).toEqual([`${prefix}-b`, `${prefix}-c`])
      expect(page.json.keypairs_links[0].rel).toBe('next')
      expect((await bench().get('/os-keypairs?marker=nonsense')).status).toBe(400)
      for (const letter of ['a', 'b', 'c']) await bench().delete(`/os-keypairs/${prefix}-${letter}`)
    })
  })
}

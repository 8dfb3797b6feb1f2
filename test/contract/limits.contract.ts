import { beforeAll, describe, expect, it } from 'vitest'
import { Client, type Session, signIn, type Target } from './target.ts'

/** Versions, microversions and limits of Nova and Cinder. */
export function limitsContract(target: () => Target): void {
  describe('Nova', () => {
    let demo: Session
    let admin: Session
    beforeAll(async () => {
      demo = await signIn(target(), 'demo')
      admin = await signIn(target(), 'admin')
    })
    const limits = (version?: string, session = demo) =>
      session
        .service('compute')
        .get('/limits', { headers: version ? { 'openstack-api-version': `compute ${version}` } : {} })

    it('tells its versions without a token', async () => {
      const { endpoint } = demo.service('compute')
      const { status, json } = await new Client(endpoint).get('')
      expect(status).toBe(200)
      expect(json.version).toMatchObject({ id: 'v2.1', status: 'CURRENT', version: '2.104', min_version: '2.1' })
    })

    it('answers in the microversion that was asked for, the oldest by default', async () => {
      const answer = await limits()
      expect(answer.status).toBe(200)
      expect(answer.headers.get('openstack-api-version')).toBe('compute 2.1')
      expect(answer.headers.get('x-openstack-request-id')).toMatch(/^req-/)
      expect(answer.json.limits.absolute).toMatchObject({ maxPersonality: 5, maxImageMeta: 128, maxSecurityGroups: -1 })
      const latest = await limits('latest')
      expect(latest.headers.get('openstack-api-version')).toBe('compute 2.104')
      expect(latest.json.limits.rate).toEqual([])
      expect(new Set(Object.keys(latest.json.limits.absolute))).toEqual(
        new Set([
          ...['maxServerGroupMembers', 'maxServerGroups', 'maxServerMeta', 'maxTotalCores', 'maxTotalInstances'],
          ...['maxTotalKeypairs', 'maxTotalRAMSize', 'totalCoresUsed', 'totalInstancesUsed', 'totalRAMUsed'],
          'totalServerGroupsUsed',
        ]),
      )
      expect((await limits('2.38')).json.limits.absolute).toHaveProperty('maxImageMeta')
      expect((await limits('2.39')).json.limits.absolute).not.toHaveProperty('maxImageMeta')
    })

    it('makes its own request ids', async () => {
      const own = `req-${crypto.randomUUID()}`
      const answer = await demo.service('compute').get('/limits', { headers: { 'x-openstack-request-id': own } })
      expect(answer.headers.get('x-openstack-request-id')).not.toBe(own)
    })

    it('refuses versions that it does not know', async () => {
      const tooNew = await limits('2.200')
      expect(tooNew.status).toBe(406)
      expect(tooNew.json.computeFault.message).toBe(
        'Version 2.200 is not supported by the API. Minimum is 2.1 and maximum is 2.104.',
      )
      expect((await limits('x')).json.badRequest.code).toBe(400)
    })

    it("shows another project's limits to administrators only", async () => {
      const path = (id: string) => `/limits?tenant_id=${id}`
      expect((await demo.service('compute').get(path(admin.projectId))).json.forbidden.code).toBe(403)
      expect((await admin.service('compute').get(path(demo.projectId))).status).toBe(200)
    })

    it('answers 401 to a bad token', async () => {
      const { endpoint } = demo.service('compute')
      const { status, headers, json } = await new Client(endpoint, 'bad').get('/limits')
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^Keystone uri=/)
      expect(json.error.code).toBe(401)
    })
  })

  describe('Cinder', () => {
    let demo: Session
    beforeAll(async () => {
      demo = await signIn(target(), 'demo')
    })

    it('shows limits with and without the project in the path', async () => {
      for (const type of ['block-storage', 'volumev3']) {
        const { status, headers, json } = await demo.service(type).get('/limits')
        expect(status).toBe(200)
        expect(headers.get('openstack-api-version')).toBe('volume 3.0')
        expect(json.limits.absolute).toMatchObject({ maxTotalVolumes: 10, maxTotalVolumeGigabytes: 1000 })
      }
    })

    it('knows microversions', async () => {
      const ask = (version: string) =>
        demo.service('volumev3').get('/limits', { headers: { 'openstack-api-version': `volume ${version}` } })
      expect((await ask('latest')).headers.get('openstack-api-version')).toBe('volume 3.71')
      expect((await ask('3.99')).status).toBe(406)
    })

    it("refuses another project's path and bad tokens", async () => {
      const { endpoint } = demo.service('block-storage')
      expect((await demo.service('block-storage').get(`/${'0'.repeat(32)}/limits`)).status).toBe(400)
      expect((await new Client(endpoint, 'bad').get('/limits')).status).toBe(401)
      expect((await new Client(endpoint).get('/')).status).toBe(401)
    })
  })
}

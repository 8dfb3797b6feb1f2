import { beforeAll, describe, expect, it } from 'vitest'
import { Client, messageOf, passwordLogin, type Session, signIn, type Target } from './target.ts'

const UNAUTHORIZED = 'The request you have made requires authentication.'

/** Signing in, tokens, application credentials. */
export function keystoneContract(target: () => Target): void {
  describe('Keystone', () => {
    let demo: Session
    let admin: Session
    const login = (body: unknown) => new Client(target().authUrl).post('/auth/tokens', body)
    const withPassword = (user: object, scope?: unknown) =>
      login({
        auth: { identity: { methods: ['password'], password: { user } }, ...(scope !== undefined && { scope }) },
      })
    const demoUser = (change: object = {}) => {
      const { username, password } = target().users.demo
      return { name: username, domain: { name: 'Default' }, password, ...change }
    }
    const keystone = (session: Session) => new Client(target().authUrl, session.token)

    beforeAll(async () => {
      demo = await signIn(target(), 'demo')
      admin = await signIn(target(), 'admin')
    })

    it('tells its version without a token', async () => {
      const { status, json } = await new Client(target().authUrl).get('')
      expect(status).toBe(200)
      expect(json.version).toMatchObject({ id: 'v3.14', status: 'stable' })
      const root = await new Client(target().authUrl.replace(/\/v3$/, '')).get('/')
      expect(root.status).toBe(300)
      expect(root.json.versions.values).toHaveLength(1)
    })

    it('gives a token for a project, with roles and catalogue', async () => {
      const { status, headers, json } = await login(passwordLogin(target(), 'demo'))
      expect(status).toBe(201)
      expect(headers.get('x-subject-token')).toMatch(/^gAAAA/)
      expect(headers.get('x-openstack-request-id')).toMatch(/^req-/)
      expect(headers.get('vary')).toBe('X-Auth-Token')
      expect(json.token).toMatchObject({
        methods: ['password'],
        user: { name: 'demo', domain: { id: 'default', name: 'Default' }, password_expires_at: null },
        project: { name: 'demo', domain: { id: 'default', name: 'Default' } },
        is_domain: false,
      })
      expect(json.token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/)
      expect(json.token.roles.map((role: { name: string }) => role.name).sort()).toEqual(['member', 'reader'])
      expect(json.token.catalog.map((one: { type: string }) => one.type)).toEqual(
        expect.arrayContaining(['identity', 'image', 'compute', 'block-storage', 'volumev3', 'network']),
      )
      for (const { endpoints } of json.token.catalog) {
        expect(endpoints.map((one: { interface: string }) => one.interface).sort()).toEqual([
          'admin',
          'internal',
          'public',
        ])
        expect(endpoints[0]).toMatchObject({ region: 'RegionOne', region_id: 'RegionOne' })
      }
    })

    it('takes the default project where no scope is asked for, none when unscoped', async () => {
      expect((await withPassword(demoUser())).json.token.project.name).toBe('demo')
      for (const scope of ['unscoped', { unscoped: {} }]) {
        const { status, json } = await withPassword(demoUser(), scope)
        expect(status).toBe(201)
        expect(json.token.project).toBeUndefined()
        expect(json.token.catalog).toBeUndefined()
        expect(json.token.roles).toBeUndefined()
      }
    })

    it.each<[string, object, unknown]>([
      ['a wrong password', { password: 'wrong' }, undefined],
      ['an unknown user', { name: 'nobody' }, undefined],
      ['an unknown project', {}, { project: { name: 'nowhere', domain: { name: 'Default' } } }],
      ["a project that is not the user's", {}, { project: { name: 'admin', domain: { name: 'Default' } } }],
      ['an unknown domain', {}, { project: { name: 'demo', domain: { name: 'Nowhere' } } }],
    ])('refuses %s with the same 401', async (_what, change, scope) => {
      const { status, headers, json } = await withPassword(demoUser(change), scope)
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^Keystone uri="http/)
      expect(json).toEqual({ error: { code: 401, message: UNAUTHORIZED, title: 'Unauthorized' } })
    })

    it('answers 400 to malformed log-ins', async () => {
      expect((await withPassword(demoUser(), { project: { name: 'demo' } })).status).toBe(400)
      expect((await login({ auth: {} })).status).toBe(400)
      const raw = { headers: { 'content-type': 'application/json' }, body: '{nope' }
      expect((await new Client(target().authUrl).request('POST', '/auth/tokens', raw)).status).toBe(400)
      expect((await new Client(target().authUrl).request('POST', '/auth/tokens')).status).toBe(400)
      expect((await login({ auth: { identity: { methods: ['frob'], frob: {} } } })).status).toBe(401)
    })

    it('exchanges a token, with the same end', async () => {
      const scope = { project: { id: demo.projectId } }
      const first = await login(passwordLogin(target(), 'demo'))
      const id = first.headers.get('x-subject-token')
      const second = await login({ auth: { identity: { methods: ['token'], token: { id } }, scope } })
      expect(second.status).toBe(201)
      expect(new Set(second.json.token.methods)).toEqual(new Set(['token', 'password']))
      expect(second.json.token.expires_at).toBe(first.json.token.expires_at)
      expect(second.json.token.audit_ids[1]).toBe(first.json.token.audit_ids[0])
      expect((await login({ auth: { identity: { methods: ['token'], token: { id: 'xxx' } }, scope } })).status).toBe(
        404,
      )
    })

    it('validates tokens', async () => {
      const check = (who: Session, subject: string, method = 'GET') =>
        keystone(who).request(method, '/auth/tokens', { headers: { 'x-subject-token': subject } })
      expect((await check(demo, demo.token)).json.token.user.name).toBe('demo')
      expect((await check(admin, demo.token)).status).toBe(200)
      expect((await check(admin, demo.token, 'HEAD')).status).toBe(200)
      expect((await check(demo, admin.token)).status).toBe(403)
      expect((await check(admin, 'nonsense')).status).toBe(404)
      expect((await keystone(demo).get('/auth/tokens')).status).toBe(403)
      expect((await new Client(target().authUrl, 'nonsense').get('/auth/tokens')).status).toBe(401)
    })

    it('revokes a token', async () => {
      const session = await signIn(target(), 'demo')
      const headers = { 'x-subject-token': session.token }
      expect((await keystone(session).request('DELETE', '/auth/tokens', { headers })).status).toBe(204)
      expect((await keystone(session).get('/auth/projects')).status).toBe(401)
      expect((await keystone(admin).get('/auth/tokens', { headers })).status).toBe(404)
    })

    it("lists the user's projects, and all to administrators", async () => {
      const own = await keystone(demo).get('/auth/projects')
      expect(own.json.projects).toMatchObject([
        { id: demo.projectId, name: 'demo', domain_id: 'default', enabled: true },
      ])
      expect((await keystone(demo).get('/projects')).status).toBe(403)
      expect((await keystone(admin).get('/projects?name=demo')).json.projects).toHaveLength(1)
    })

    it('finds a project by name and domain for administrators', async () => {
      const named = (query: string) => keystone(admin).get(`/projects?${query}`)
      const { json } = await named('name=demo&domain_id=default')
      expect(json.projects).toMatchObject([
        { id: demo.projectId, name: 'demo', domain_id: 'default', enabled: true, is_domain: false },
      ])
      expect((await named('name=DEMO')).json.projects).toHaveLength(1)
      expect((await named('name=nowhere')).json.projects).toEqual([])
      expect((await named('name=demo&domain_id=nowhere')).json.projects).toEqual([])
      expect((await keystone(demo).get('/projects?name=demo')).status).toBe(403)
    })

    it('shows a project to its members and to administrators', async () => {
      const show = (who: Session, id: string) => keystone(who).get(`/projects/${id}`)
      for (const who of [demo, admin]) {
        const { status, json } = await show(who, demo.projectId)
        expect(status).toBe(200)
        expect(json.project).toMatchObject({ id: demo.projectId, name: 'demo', domain_id: 'default', enabled: true })
      }
      expect((await show(demo, admin.projectId)).status).toBe(403)
      expect((await show(demo, 'nowhere')).status).toBe(403)
      const unknown = await show(admin, 'nowhere')
      expect([unknown.status, messageOf(unknown)]).toEqual([404, 'Could not find project: nowhere.'])
      expect((await show(admin, 'demo')).status).toBe(404)
    })

    describe('application credentials', () => {
      const name = `contract-${crypto.randomUUID()}`
      const signInWith = (credential: object, scope?: object) => {
        const identity = { methods: ['application_credential'], application_credential: credential }
        return login({ auth: { identity, ...(scope && { scope }) } })
      }
      const create = async (fields: object) => {
        const path = `/users/${demo.userId}/application_credentials`
        const { status, json } = await keystone(demo).post(path, { application_credential: fields })
        expect(status).toBe(201)
        return json.application_credential
      }

      it('sign in to their project, by id or by name', async () => {
        const { id, expires_at, project_id } = await create({ name, secret: 'secret' })
        expect(expires_at).toBeNull()
        expect(project_id).toBe(demo.projectId)
        const byId = await signInWith({ id, secret: 'secret' })
        expect(byId.status).toBe(201)
        expect(byId.json.token).toMatchObject({ methods: ['application_credential'], project: { name: 'demo' } })
        const user = { name: 'demo', domain: { name: 'Default' } }
        expect((await signInWith({ name, secret: 'secret', user })).status).toBe(201)
        const scoped = await signInWith({ id, secret: 'secret' }, { project: { id: project_id } })
        expect(scoped.status).toBe(401)
        expect(messageOf(scoped)).toContain('Application credentials cannot request a scope.')
        const wrong = await signInWith({ id, secret: 'wrong' })
        expect([wrong.status, messageOf(wrong)]).toEqual([401, UNAUTHORIZED])
        const unknown = await signInWith({ id: 'nope', secret: 'wrong' })
        expect([unknown.status, messageOf(unknown)]).toEqual([404, 'Could not find Application Credential: nope.'])
        const path = `/users/${demo.userId}/application_credentials/${id}`
        expect((await keystone(demo).get(path)).json.application_credential).toMatchObject({
          id,
          name,
          expires_at: null,
        })
        expect((await keystone(demo).delete(path)).status).toBe(204)
        expect((await keystone(demo).get(path)).status).toBe(404)
      })

      it('end: their tokens with them, then 401 as for a wrong password', async () => {
        const end = new Date(target().now() + 2500).toISOString().slice(0, -1)
        const { id, expires_at } = await create({ name: `${name}-short`, secret: 'secret', expires_at: end })
        expect(expires_at.slice(0, 19)).toBe(end.slice(0, 19))
        const { json } = await signInWith({ id, secret: 'secret' })
        expect(Date.parse(json.token.expires_at)).toBeLessThanOrEqual(Date.parse(`${end}Z`))
        await target().elapse(3000)
        const refused = await signInWith({ id, secret: 'secret' })
        expect([refused.status, messageOf(refused)]).toEqual([401, UNAUTHORIZED])
        await keystone(demo).delete(`/users/${demo.userId}/application_credentials/${id}`)
      })
    })
  })
}

import { type Call, HttpError, type Reply, Router, readBody, type Service } from './http.ts'
import type { ApplicationCredential, IdentityStore, Project, Token, User } from './identity-store.ts'
import {
  authenticated,
  errorReply,
  forbidden,
  MALFORMED,
  parse,
  unauthorized,
  unknownToken,
  vary,
} from './keystone-errors.ts'
import { serveProjects } from './keystone-projects.ts'
import { serveUsers } from './keystone-users.ts'
import { catalog, credentialView, links, tokenView, version } from './keystone-views.ts'

// biome-ignore lint/suspicious/noExplicitAny: request bodies are walked as they come
type Json = any

/** Keystone's identity API v3, as far as clients of other services use it. */
export class Keystone implements Service {
  readonly name = 'identity'
  readonly #store: IdentityStore
  readonly #now: () => number
  readonly #router = new Router()

  constructor(store: IdentityStore, now: () => number) {
    this.#store = store
    this.#now = now
    for (const path of ['/v3', '/v3/']) {
      this.#router.on('GET', path, (call) => ({ status: 200, body: { version: version(call) } }))
    }
    this.#router
      .on('GET', '/', (call) => ({
        status: 300,
        headers: { location: `${call.origin}/identity/v3/` },
        body: { versions: { values: [version(call)] } },
      }))
      .on('POST', '/v3/auth/tokens', (call) => this.#authenticate(call))
      .on('GET', '/v3/auth/tokens', (call) => this.#validate(call))
      .on('HEAD', '/v3/auth/tokens', (call) => this.#validate(call))
      .on('DELETE', '/v3/auth/tokens', (call) => this.#revoke(call))
      .on('GET', '/v3/auth/catalog', (call) => ({
        status: 200,
        body: { catalog: catalog(call.origin, authenticated(call).project) },
      }))
      .on('POST', '/v3/users/{}/application_credentials', (call) => this.#createCredential(call))
      .on('GET', '/v3/users/{}/application_credentials', (call) => this.#listCredentials(call))
      .on('GET', '/v3/users/{}/application_credentials/{}', (call) => this.#showCredential(call))
      .on('DELETE', '/v3/users/{}/application_credentials/{}', (call) => this.#deleteCredential(call))
    serveProjects(this.#router, store)
    serveUsers(this.#router, store)
  }

  async handle(call: Call): Promise<Reply> {
    try {
      return vary(await this.#router.handle(call))
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return vary(errorReply(call, error))
    }
  }

  async #authenticate(call: Call): Promise<Reply> {
    const auth = parse(await readBody(call))?.auth
    if (!auth) throw new HttpError(400, `Expecting to find auth in request body. ${MALFORMED}`)
    if (!auth.identity?.methods) throw new HttpError(400, "'identity' is a required property")
    const token = this.#issue(auth)
    return { status: 201, headers: { 'x-subject-token': token.id }, body: { token: tokenView(call.origin, token) } }
  }

  #issue(auth: Json): Token {
    const method = String(auth.identity.methods[0])
    if (method === 'password') {
      const user = this.#findUser(auth.identity.password?.user)
      if (!user || user.password !== auth.identity.password.user.password) throw unauthorized()
      return this.#store.issue(user, this.#scope(user, auth.scope), ['password'])
    }
    if (method === 'token') {
      const parent = this.#store.token(auth.identity.token?.id)
      if (!parent) throw new HttpError(404, 'Could not recognize Fernet token')
      const project = this.#scope(parent.user, auth.scope)
      return this.#store.issue(parent.user, project, ['token', 'password'], parent.expiresAt, parent)
    }
    if (method === 'application_credential') {
      const credential = this.#credential(auth.identity.application_credential)
      if (auth.scope) {
        const why = 'Application credentials cannot request a scope.'
        throw unauthorized(`Error authenticating with application credential: ${why}`)
      }
      return this.#store.issue(credential.user, credential.project, ['application_credential'], credential.expiresAt)
    }
    throw unauthorized('Attempted to authenticate with an unsupported method.')
  }

  #findUser(user: Json): User | undefined {
    if (user?.id) return this.#store.users.find((one) => one.id === user.id)
    return isDefaultDomain(user?.domain) ? this.#store.users.find((one) => one.name === user?.name) : undefined
  }

  #credential(wanted: Json): ApplicationCredential {
    const all = [...this.#store.applicationCredentials.values()]
    const user = wanted?.id ? undefined : this.#findUser(wanted?.user)
    const found = all.find((one) =>
      wanted?.id ? one.id === wanted.id : one.name === wanted?.name && one.user === user,
    )
    if (!found) throw new HttpError(404, `Could not find Application Credential: ${wanted?.id ?? wanted?.name}.`)
    if (found.secret !== wanted.secret) throw unauthorized()
    if (found.expiresAt !== undefined && found.expiresAt <= this.#now()) throw unauthorized()
    return found
  }

  /** Without a scope the token is for the user's default project. A project that is unknown or not the user's: 401. */
  #scope(user: User, scope: Json): Project | undefined {
    if (scope === undefined) return user.defaultProject
    if (scope === 'unscoped' || scope?.unscoped) return undefined
    const wanted = scope?.project
    if (!wanted) throw unauthorized()
    if (!wanted.id && !wanted.domain) {
      throw new HttpError(400, `Expecting to find domain in project. ${MALFORMED}`)
    }
    const project = this.#store.projects.find((one) =>
      wanted.id ? one.id === wanted.id : one.name === wanted.name && isDefaultDomain(wanted.domain),
    )
    if (!project || !user.roles.has(project.id)) throw unauthorized()
    return project
  }

  #validate(call: Call): Reply {
    const caller = authenticated(call)
    const subject = subjectOf(call)
    if (subject === undefined || (subject !== caller.id && !caller.roles.includes('admin'))) {
      throw forbidden('identity:validate_token')
    }
    const token = this.#store.token(subject)
    if (!token) throw unknownToken(subject)
    return { status: 200, headers: { 'x-subject-token': token.id }, body: { token: tokenView(call.origin, token) } }
  }

  #revoke(call: Call): Reply {
    const caller = authenticated(call)
    const subject = subjectOf(call)
    if (subject !== caller.id && !caller.roles.includes('admin')) throw forbidden('identity:revoke_token')
    if (!this.#store.token(subject)) throw unknownToken(subject)
    this.#store.revoke(subject ?? '')
    return { status: 204 }
  }

  async #createCredential(call: Call): Promise<Reply> {
    const { user } = authenticated(call)
    if (user.id !== call.params[0]) throw forbidden('identity:create_application_credential')
    const wanted = parse(await readBody(call))?.application_credential
    const expires = wanted?.expires_at ? Date.parse(`${String(wanted.expires_at).replace(/Z$/, '')}Z`) : undefined
    const secret = wanted.secret ?? crypto.randomUUID()
    const credential = this.#store.addApplicationCredential(user, wanted.name, secret, expires)
    return { status: 201, body: { application_credential: { ...credentialView(call, credential), secret } } }
  }

  #listCredentials(call: Call): Reply {
    const { user } = authenticated(call)
    const own = [...this.#store.applicationCredentials.values()].filter((one) => one.user === user)
    const views = own.map((one) => credentialView(call, one))
    return { status: 200, body: { application_credentials: views, links: links(call) } }
  }

  #showCredential(call: Call): Reply {
    return { status: 200, body: { application_credential: credentialView(call, this.#ownCredential(call)) } }
  }

  #deleteCredential(call: Call): Reply {
    this.#store.applicationCredentials.delete(this.#ownCredential(call).id)
    return { status: 204 }
  }

  #ownCredential(call: Call): ApplicationCredential {
    const { user } = authenticated(call)
    const found = this.#store.applicationCredentials.get(call.params[1] ?? '')
    if (!found || found.user !== user) {
      throw new HttpError(404, `Could not find Application Credential: ${call.params[1]}.`)
    }
    return found
  }
}

function subjectOf(call: Call): string | undefined {
  const subject = call.headers['x-subject-token']
  return Array.isArray(subject) ? subject[0] : subject
}

function isDefaultDomain(domain: Json): boolean {
  return domain?.id === 'default' || domain?.name === 'Default'
}

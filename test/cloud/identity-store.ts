import { randomBytes, randomUUID } from 'node:crypto'

export interface Project {
  readonly id: string
  readonly name: string
}

export interface User {
  readonly id: string
  readonly name: string
  password: string
  /** Role names by project id. */
  readonly roles: ReadonlyMap<string, readonly string[]>
  readonly defaultProject: Project
}

export interface ApplicationCredential {
  readonly id: string
  readonly name: string
  readonly secret: string
  readonly user: User
  readonly project: Project
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined
}

export interface Token {
  readonly id: string
  readonly user: User
  /** Undefined: unscoped. */
  readonly project: Project | undefined
  readonly roles: readonly string[]
  readonly methods: readonly string[]
  readonly auditIds: readonly string[]
  /** Milliseconds since the epoch, whole seconds. */
  readonly issuedAt: number
  expiresAt: number
}

/** What Keystone's implied roles make of a role. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  admin: ['admin', 'manager', 'member', 'reader'],
  member: ['member', 'reader'],
  reader: ['reader'],
}

/** Users, projects, application credentials and tokens, as the lab's OpenStack is seeded. */
export class IdentityStore {
  readonly projects: readonly Project[]
  readonly users: readonly User[]
  readonly applicationCredentials = new Map<string, ApplicationCredential>()
  readonly #tokens = new Map<string, Token>()
  readonly #now: () => number
  /** How long a new token lives. */
  tokenSeconds: number

  constructor(now: () => number, tokenSeconds: number) {
    this.#now = now
    this.tokenSeconds = tokenSeconds
    const admin = { id: hex(), name: 'admin' }
    const demo = { id: hex(), name: 'demo' }
    this.projects = [admin, demo]
    const user = (name: string, project: Project, roles: [Project, string][]): User => ({
      id: hex(),
      name,
      password: `${name}pass`,
      defaultProject: project,
      roles: new Map(roles.map(([of, role]) => [of.id, IMPLIED[role] ?? [role]])),
    })
    this.users = [
      user('admin', admin, [
        [admin, 'admin'],
        [demo, 'admin'],
      ]),
      user('demo', demo, [[demo, 'member']]),
      user('demo2', demo, [[demo, 'member']]),
      user('reader', demo, [[demo, 'reader']]),
    ]
  }

  user(name: string): User {
    const user = this.users.find((one) => one.name === name)
    if (!user) throw new Error(`the cloud has no user ${name}`)
    return user
  }

  addApplicationCredential(user: User, name: string, secret: string, expiresAt?: number): ApplicationCredential {
    const credential = { id: hex(), name, secret, user, project: user.defaultProject, expiresAt }
    this.applicationCredentials.set(credential.id, credential)
    return credential
  }

  /** `until` caps the lifetime: a token never outlives the credential or token that it came from. */
  issue(user: User, project: Project | undefined, methods: string[], until?: number, parent?: Token): Token {
    const issuedAt = Math.floor(this.#now() / 1000) * 1000
    const lifetime = issuedAt + this.tokenSeconds * 1000
    const token: Token = {
      id: `gAAAAA${randomBytes(132).toString('base64url')}`,
      user,
      project,
      roles: project ? (user.roles.get(project.id) ?? []) : [],
      methods,
      auditIds: [randomBytes(16).toString('base64url'), ...(parent?.auditIds ?? []).slice(-1)],
      issuedAt,
      expiresAt: Math.min(lifetime, until === undefined ? lifetime : Math.floor(until / 1000) * 1000),
    }
    this.#tokens.set(token.id, token)
    return token
  }

  /** The token, unless it is unknown, revoked or expired. */
  token(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id)
    return token && token.expiresAt > this.#now() ? token : undefined
  }

  revoke(id: string): void {
    this.#tokens.delete(id)
  }

  revokeAll(): void {
    this.#tokens.clear()
  }

  /** Makes every live token end so many seconds from now. */
  expireAll(seconds: number): void {
    for (const token of this.#tokens.values()) {
      token.expiresAt = Math.min(token.expiresAt, this.#now() + seconds * 1000)
    }
  }

  /** As in Keystone a new password ends the user's tokens. */
  setPassword(name: string, password: string): void {
    const user = this.user(name)
    user.password = password
    for (const [id, token] of this.#tokens) if (token.user === user) this.#tokens.delete(id)
  }
}

/** An id as Keystone makes them: a UUID without dashes. */
export function hex(): string {
  return randomUUID().replaceAll('-', '')
}

import type { CloudAuth, DomainReference, ProjectReference, UserReference } from './cloud-profile.ts'
import { OpenStackError } from './errors.ts'
import type { Settings } from './settings.ts'

/** Another project for the same credential: exactly one of `id` and `name`; a name in the credential's domain. */
export interface ProjectOverride {
  id?: string | undefined
  name?: string | undefined
}

interface AuthPart {
  authUrl: string
  auth: CloudAuth
  project?: ProjectReference
}

/** Reads who logs in, where, and for which project. Keys of `auth` may also stand beside it, as openstacksdk allows. */
export function readAuth(cloud: Settings, override: ProjectOverride | undefined): AuthPart {
  const keys = new AuthKeys(cloud)
  const authUrl = readAuthUrl(keys)
  for (const key of ['system_scope', 'trust_id']) {
    if (keys.text(key) !== undefined) throw keys.invalid(key, 'is not supported: use a credential with a project')
  }
  const type = readAuthType(cloud, keys)
  if (type === 'applicationCredential') {
    refuseOverride(override)
    return { authUrl, auth: readApplicationCredential(keys) }
  }
  const auth: CloudAuth =
    type === 'token'
      ? { type, token: keys.require('token', 'auth_token') }
      : { type, user: readUser(keys), password: keys.require('password') }
  const project = readScope(keys, override)
  return project === undefined ? { authUrl, auth } : { authUrl, auth, project }
}

/** The keys of `auth`, then those of the cloud; each under several names. */
class AuthKeys {
  readonly #auth: Settings
  readonly #cloud: Settings

  constructor(cloud: Settings) {
    this.#auth = cloud.section('auth')
    this.#cloud = cloud
  }

  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#auth.text(name) ?? this.#cloud.text(name)
      if (value !== undefined) return value
    }
    return undefined
  }

  require(...names: [string, ...string[]]): string {
    for (const name of names) {
      const value = this.#auth.secret(name) ?? this.#cloud.secret(name)
      if (value !== undefined) return value
    }
    throw this.invalid(names[0], 'is missing')
  }

  invalid(key: string, problem: string): OpenStackError {
    return this.#auth.invalid(key, problem)
  }
}

function readAuthUrl(keys: AuthKeys): string {
  const written = keys.text('auth_url')
  if (written === undefined) throw keys.invalid('auth_url', 'is missing')
  const url = URL.parse(written)
  if (url === null || !/^https?:$/.test(url.protocol)) throw keys.invalid('auth_url', 'is not an http or https address')
  if (url.username !== '' || url.password !== '') {
    throw keys.invalid('auth_url', 'holds a user or password: use username and password')
  }
  return written
}

const authTypes: Readonly<Record<string, CloudAuth['type']>> = {
  password: 'password',
  v3password: 'password',
  token: 'token',
  v3token: 'token',
  v3applicationcredential: 'applicationCredential',
}

function readAuthType(cloud: Settings, keys: AuthKeys): CloudAuth['type'] {
  const written = cloud.text('auth_type') ?? cloud.text('auth_plugin')
  if (written !== undefined) {
    const known = Object.hasOwn(authTypes, written) ? authTypes[written] : undefined
    if (known === undefined) {
      throw cloud.invalid(
        'auth_type',
        `"${written}" is not supported; use one of: ${Object.keys(authTypes).join(', ')}`,
      )
    }
    // openstackclient too takes a token for what it is where `password` is only the default.
    return known === 'password' && keys.text('password') === undefined && keys.text('token') ? 'token' : known
  }
  if (keys.text('application_credential_id', 'application_credential_name', 'application_credential_secret')) {
    return 'applicationCredential'
  }
  return keys.text('token', 'auth_token') !== undefined ? 'token' : 'password'
}

function readApplicationCredential(keys: AuthKeys): CloudAuth {
  const secret = keys.require('application_credential_secret')
  const id = keys.text('application_credential_id')
  if (id !== undefined) return { type: 'applicationCredential', credential: { id }, secret }
  const name = keys.text('application_credential_name')
  if (name === undefined) throw keys.invalid('application_credential_id', 'is missing (or application_credential_name)')
  return { type: 'applicationCredential', credential: { name, user: readUser(keys) }, secret }
}

function readUser(keys: AuthKeys): UserReference {
  const id = keys.text('user_id')
  if (id !== undefined) return { id }
  const name = keys.text('username', 'user_name')
  if (name === undefined) throw keys.invalid('username', 'is missing')
  return { name, domain: readDomain(keys, 'user') }
}

/** The domain of the user or project: said for it, or once for both, or `default` as openstackclient has it. */
function readDomain(keys: AuthKeys, whose: 'user' | 'project'): DomainReference {
  const id = keys.text(`${whose}_domain_id`)
  if (id !== undefined) return { id }
  const name = keys.text(`${whose}_domain_name`, `${whose}_domain`)
  if (name !== undefined) return { name }
  const commonId = keys.text('domain_id')
  if (commonId !== undefined) return { id: commonId }
  const commonName = keys.text('domain_name', 'default_domain_name')
  if (commonName !== undefined) return { name: commonName }
  return { id: keys.text('default_domain_id', 'default_domain') ?? 'default' }
}

function readScope(keys: AuthKeys, override: ProjectOverride | undefined): ProjectReference | undefined {
  const project = override === undefined ? readProject(keys) : overriding(keys, override)
  if (project !== undefined) return project
  if (keys.text('domain_id', 'domain_name') !== undefined) {
    throw keys.invalid('project_name', 'is missing: a credential for a whole domain needs a project')
  }
  return undefined
}

function readProject(keys: AuthKeys): ProjectReference | undefined {
  const id = keys.text('project_id', 'tenant_id')
  if (id !== undefined) return { id }
  const name = keys.text('project_name', 'tenant_name')
  return name === undefined ? undefined : { name, domain: readDomain(keys, 'project') }
}

function overriding(keys: AuthKeys, { id, name }: ProjectOverride): ProjectReference | undefined {
  if (id !== undefined) return { id }
  return name === undefined ? readProject(keys) : { name, domain: readDomain(keys, 'project') }
}

function refuseOverride(override: ProjectOverride | undefined): void {
  if (override?.id === undefined && override?.name === undefined) return
  throw new OpenStackError(
    'an application credential belongs to one project and cannot be scoped to another: remove spec.project, or use a credential with a password',
    { class: 'InvalidSpec', code: 'CredentialsInvalid' },
  )
}

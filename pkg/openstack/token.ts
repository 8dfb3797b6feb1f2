import type { CatalogService } from './catalog.ts'
import type { CloudProfile, DomainReference, ProjectReference, UserReference } from './cloud-profile.ts'
import { OpenStackError } from './errors.ts'

/** A token of Keystone with what came with it. Holds a secret: `value`. */
export interface Token {
  value: string
  catalog: CatalogService[]
  user: { id: string; name: string }
  /** The project that the token is for. */
  project: { id: string; name: string }
  roles: string[]
  /** RFC 3339, by Keystone's clock. */
  expiresAt: string
  /** Milliseconds that the token lives from its issue. */
  lifetimeMs: number
  /** RFC 3339: when the user's password expires, where Keystone says so. */
  passwordExpiresAt?: string
  /** Id of the application credential that was used. */
  applicationCredentialId?: string
}

/** The body of `POST /v3/auth/tokens` (Identity API v3) for this profile. */
export function authenticationRequest(profile: CloudProfile): unknown {
  const { auth, project } = profile
  if (auth.type === 'applicationCredential') {
    const credential =
      'id' in auth.credential ? auth.credential : { name: auth.credential.name, user: userBody(auth.credential.user) }
    const identity = {
      methods: ['application_credential'],
      application_credential: { ...credential, secret: auth.secret },
    }
    return { auth: { identity } }
  }
  const identity =
    auth.type === 'token'
      ? { methods: ['token'], token: { id: auth.token } }
      : { methods: ['password'], password: { user: { ...userBody(auth.user), password: auth.password } } }
  if (project === undefined) return { auth: { identity } }
  return { auth: { identity, scope: { project: projectBody(project) } } }
}

function projectBody(project: ProjectReference): object {
  return 'id' in project ? project : { name: project.name, domain: domainBody(project.domain) }
}

function userBody(user: UserReference): object {
  return 'id' in user ? user : { name: user.name, domain: domainBody(user.domain) }
}

function domainBody(domain: DomainReference): object {
  return 'id' in domain ? { id: domain.id } : { name: domain.name }
}

interface TokenBody {
  catalog?: CatalogService[]
  user?: { id?: string; name?: string; password_expires_at?: string | null }
  project?: { id?: string; name?: string }
  roles?: { name?: string }[]
  expires_at?: string
  issued_at?: string
  application_credential?: { id?: string }
}

/** Reads Keystone's answer; a token without project is of no use here and says what to add. */
export function parseToken(value: string | undefined, body: unknown): Token {
  const token = (body as { token?: TokenBody } | undefined)?.token
  if (value === undefined || token?.expires_at === undefined || token.user?.id === undefined) {
    throw failure('Unavailable', 'InvalidAnswer', 'identity: the answer is not a token; is auth_url a Keystone v3?')
  }
  const { project, user } = token
  if (project?.id === undefined) {
    throw failure(
      'InvalidSpec',
      'CredentialsInvalid',
      'the credential has no project: add auth.project_name to clouds.yaml',
    )
  }
  const lifetimeMs = Date.parse(token.expires_at) - Date.parse(token.issued_at ?? '')
  return {
    value,
    catalog: token.catalog ?? [],
    user: { id: user.id ?? '', name: user.name ?? '' },
    project: { id: project.id, name: project.name ?? '' },
    roles: (token.roles ?? []).flatMap((role) => role.name ?? []),
    expiresAt: token.expires_at,
    lifetimeMs: Number.isFinite(lifetimeMs) ? lifetimeMs : 3_600_000,
    ...(user.password_expires_at ? { passwordExpiresAt: user.password_expires_at } : {}),
    ...(token.application_credential?.id ? { applicationCredentialId: token.application_credential.id } : {}),
  }
}

function failure(failureClass: 'Unavailable' | 'InvalidSpec', code: string, message: string): OpenStackError {
  return new OpenStackError(message, { class: failureClass, code, service: 'identity' })
}

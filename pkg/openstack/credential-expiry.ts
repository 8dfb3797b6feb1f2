import type { CloudAuth } from './cloud-profile.ts'
import type { OpenStackRequest, Requester } from './request.ts'
import type { Token } from './token.ts'

/** When the application credential, the password or the given token expires (RFC 3339); absent where nobody knows. */
export async function credentialExpiry(
  session: Requester,
  auth: CloudAuth,
  token: Token,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (auth.type === 'token') return token.expiresAt
  if (auth.type === 'password') return token.passwordExpiresAt
  const id = 'id' in auth.credential ? auth.credential.id : token.applicationCredentialId
  if (id === undefined) return undefined
  const path = `/users/${token.user.id}/application_credentials/${id}`
  const request: OpenStackRequest = { service: 'identity', method: 'GET', path, accept: [401, 403, 404], signal }
  const { body } = await session.request(request)
  const shown = body as { application_credential?: { expires_at?: string | null } } | undefined
  const expiry = shown?.application_credential?.expires_at ?? undefined
  // Keystone leaves the zone out here: it is UTC.
  return expiry === undefined || /Z$|[+-]\d\d:?\d\d$/.test(expiry) ? expiry : `${expiry}Z`
}

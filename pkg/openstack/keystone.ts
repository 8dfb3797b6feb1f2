import type { CloudProfile } from './cloud-profile.ts'
import { versionedEndpoint } from './discovery.ts'
import { type Classify, errorFromAnswer } from './errors.ts'
import type { PacedTransport } from './paced-transport.ts'
import { authenticationRequest, parseToken, type Token } from './token.ts'

const service = 'identity'

/** What Keystone's refusals of a login mean. */
const ofLogin: Classify = (status, text) => {
  if (status === 401) {
    return { class: 'Auth', code: 'CredentialsRejected', message: `Keystone refuses the credential: ${text}` }
  }
  // An application credential that is used with a scope, or a name without a domain: nothing that heals by itself.
  if (status === 400) return { class: 'InvalidSpec', code: 'CredentialsInvalid', message: `Keystone: ${text}` }
  if (status === 403)
    return { class: 'Auth', code: 'CredentialsRejected', message: `Keystone forbids the login: ${text}` }
  // Keystone's word for an application credential that was deleted: other unknown things are a 401.
  if (status === 404 && /application credential/i.test(text)) {
    return { class: 'Auth', code: 'CredentialsRejected', message: `Keystone refuses the credential: ${text}` }
  }
  if (status === 404) {
    // Also what a load balancer says while there is no Keystone behind it.
    return { class: 'Unavailable', code: 'NotKeystone', message: 'auth_url leads to no Keystone v3 (404)' }
  }
  return undefined
}

/** Logs in: `POST /v3/auth/tokens`. A second token does no harm, so the call is repeated after a reset connection. */
export async function logIn(transport: PacedTransport, profile: CloudProfile, now: number): Promise<Token> {
  const url = `${versionedEndpoint(service, profile.authUrl.replace(/\/v2\.0\/?$/, ''))}/auth/tokens`
  const method = 'POST'
  const answer = await transport.exchange({
    service,
    method,
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(authenticationRequest(profile)),
    idempotent: true,
    timeoutMs: 60_000,
  })
  if (answer.status !== 201 && answer.status !== 200) {
    const { status, headers, body } = answer
    const requestId = headers['x-openstack-request-id']
    throw errorFromAnswer({
      service,
      method,
      path: new URL(url).pathname,
      status,
      headers,
      body,
      requestId,
      now,
      classify: ofLogin,
    })
  }
  return parseToken(answer.headers['x-subject-token'], parseBody(answer.body))
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // `parseToken` says that this is no token
  }
}

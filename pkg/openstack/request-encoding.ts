import { OpenStackError } from './errors.ts'
import type { OpenStackRequest, Query } from './request.ts'
import type { Token } from './token.ts'
import type { WireAnswer } from './transport.ts'

/** The headers of a request, token included. */
export function requestHeaders(request: OpenStackRequest, service: string, token: Token): Record<string, string> {
  // Cinder's microversion header still goes by its old name.
  const microversionOf = service === 'block-storage' ? 'volume' : service
  return {
    accept: 'application/json',
    'x-auth-token': token.value,
    ...(request.json === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    ...(request.microversion === undefined
      ? {}
      : { 'openstack-api-version': `${microversionOf} ${request.microversion}` }),
    ...request.headers,
  }
}

/** `?…`, or nothing. */
export function queryString(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) => {
    if (value === undefined) return []
    const values = Array.isArray(value) ? value : [value]
    return values.map((one): [string, string] => [name, String(one)])
  })
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

/** The decoded JSON of an answer; `undefined` for no body or another media type. */
export function decodeBody(request: OpenStackRequest, service: string, answer: WireAnswer): unknown {
  if (answer.body === '' || !/\bjson\b/.test(answer.headers['content-type'] ?? '')) return undefined
  try {
    return JSON.parse(answer.body)
  } catch {
    throw new OpenStackError(`${service}: ${request.method} ${request.path}: the answer is not valid JSON`, {
      class: 'Unavailable',
      code: 'InvalidAnswer',
      service,
      method: request.method,
      path: request.path,
      status: answer.status,
      requestId: answer.headers['x-openstack-request-id'],
    })
  }
}

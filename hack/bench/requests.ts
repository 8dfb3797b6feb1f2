import type { LoggedRequest } from '../../test/cloud/cloud.ts'

/** A page of a list of images. */
export function isImageList({ service, method, path }: LoggedRequest): boolean {
  return service === 'image' && method === 'GET' && path === '/v2/images'
}

export function isRenewal({ method, path }: LoggedRequest): boolean {
  return method === 'POST' && path.endsWith('/auth/tokens')
}

/** A path without what differs from thing to thing. */
export function withoutIds(path: string): string {
  return path
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g, '{id}')
    .replace(/os-keypairs\/.+$/, 'os-keypairs/{name}')
}

/** Calls by service, method and path, ids left out. */
export function tally(requests: readonly LoggedRequest[]): string {
  const counts = new Map<string, number>()
  for (const { service, method, path } of requests) {
    const key = `${method} ${service}${withoutIds(path)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, count]) => `${count} × ${key}`).join(', ') || 'none'
}

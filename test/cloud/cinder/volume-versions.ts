import type { Call } from '../http.ts'
import type { Microversion } from '../microversion.ts'

export const OLDEST: Microversion = [3, 0]
export const NEWEST: Microversion = [3, 71]

export function versionView(call: Call) {
  return {
    id: 'v3.0',
    status: 'CURRENT',
    version: NEWEST.join('.'),
    min_version: OLDEST.join('.'),
    updated: '2023-08-31T00:00:00Z',
    links: [
      { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
      { rel: 'self', href: `${call.origin}/volume/v3/` },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
  }
}

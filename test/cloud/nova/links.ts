import type { ApiCall } from './api-call.ts'

interface Link {
  readonly rel: string
  readonly href: string
}

export function links({ base }: ApiCall, collection: string, id: string): Link[] {
  return [
    { rel: 'self', href: `${base}/${collection}/${id}` },
    { rel: 'bookmark', href: bookmark(base, collection, id) },
  ]
}

/** An address without the API's version. */
export function bookmark(base: string, collection: string, id: string): string {
  return `${base.replace(/\/v2\.1$/, '')}/${collection}/${id}`
}

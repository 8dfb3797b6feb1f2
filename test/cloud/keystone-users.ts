import type { Router } from './http.ts'
import type { IdentityStore } from './identity-store.ts'
import { authenticated, forbidden } from './keystone-errors.ts'
import { links } from './keystone-views.ts'

/** `GET /users`, for administrators. */
export function serveUsers(router: Router, store: IdentityStore): void {
  router.on('GET', '/v3/users', (call) => {
    if (!authenticated(call).roles.includes('admin')) throw forbidden('identity:list_users')
    const name = call.query.get('name')
    const found = store.users.filter((one) => name === null || one.name === name)
    const users = found.map(({ id, name }) => ({ id, name, domain_id: 'default', enabled: true }))
    return { status: 200, body: { users, links: links(call) } }
  })
}

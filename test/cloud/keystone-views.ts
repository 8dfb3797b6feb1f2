import type { Call } from './http.ts'
import type { ApplicationCredential, Project, Token } from './identity-store.ts'

interface Endpoint {
  readonly type: string
  readonly name: string
  /** Relative to the cloud's origin; `{project_id}` is replaced. */
  readonly path: string
}

export const ENDPOINTS: readonly Endpoint[] = [
  { type: 'identity', name: 'keystone', path: '/identity/v3' },
  { type: 'image', name: 'glance', path: '/image' },
  { type: 'compute', name: 'nova', path: '/compute/v2.1' },
  { type: 'block-storage', name: 'cinder', path: '/volume/v3' },
  { type: 'network', name: 'neutron', path: '/network' },
  { type: 'volumev3', name: 'cinderv3', path: '/volume/v3/{project_id}' },
]

export function version(call: Call) {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${call.origin}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  }
}

export function catalog(origin: string, project: Project | undefined) {
  return ENDPOINTS.map(({ type, name, path }) => ({
    endpoints: ['admin', 'internal', 'public'].map((kind) => ({
      id: `${name}-${kind}`,
      interface: kind,
      region_id: 'RegionOne',
      region: 'RegionOne',
      url: origin + path.replace('{project_id}', project?.id ?? ''),
    })),
    id: name,
    type,
    name,
  }))
}

const DOMAIN = { id: 'default', name: 'Default' }

export function tokenView(origin: string, token: Token) {
  const { user, project } = token
  return {
    methods: token.methods,
    user: { domain: DOMAIN, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: token.auditIds,
    expires_at: microseconds(token.expiresAt),
    issued_at: microseconds(token.issuedAt),
    ...(project && {
      project: { domain: DOMAIN, id: project.id, name: project.name },
      is_domain: false,
      roles: token.roles.map((name) => ({ id: `role-${name}`, name })),
      catalog: catalog(origin, project),
    }),
  }
}

function microseconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, -1)}000Z`
}

export function projectView(call: Call, { id, name }: Project) {
  const self = `${call.origin}/identity/v3/projects/${id}`
  const fixed = { description: '', enabled: true, parent_id: 'default', is_domain: false, tags: [], options: {} }
  return { id, name, domain_id: 'default', ...fixed, links: { self } }
}

export function credentialView(call: Call, credential: ApplicationCredential) {
  return {
    id: credential.id,
    name: credential.name,
    description: null,
    user_id: credential.user.id,
    project_id: credential.project.id,
    system: null,
    expires_at: credential.expiresAt === undefined ? null : microseconds(credential.expiresAt).slice(0, -1),
    unrestricted: null,
    roles: (credential.user.roles.get(credential.project.id) ?? []).map((name) => ({ id: `role-${name}`, name })),
    links: { self: `${call.origin}/identity/v3/application_credentials/${credential.id}` },
  }
}

export function links(call: Call) {
  const query = call.query.size > 0 ? `?${call.query}` : ''
  return { next: null, self: `${call.origin}/identity${call.path}${query}`, previous: null }
}

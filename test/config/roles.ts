import type { ApiServer } from './api-server.ts'

/** Gives a user a role of their own, of the same name, in the namespace `desktops`. */
export async function allow(api: ApiServer, user: string, rules: object[]): Promise<void> {
  await api.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: user },
    rules,
  })
  await bind(api, user, user)
}

/** Gives a user a role that is there, in the namespace `desktops`. */
export async function bind(api: ApiServer, user: string, role: string): Promise<void> {
  await api.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: user, namespace: 'desktops' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  })
}

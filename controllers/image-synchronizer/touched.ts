import type { ManagedFields } from '../../pkg/kube/resource.ts'

/**
 * Whether anybody but the operator set fields on an object, as the API server recorded it (status does not count: only
 * the operator writes it).
 */
export function touchedByUser(managedFields: readonly ManagedFields[], ourManagers: readonly string[]): boolean {
  return managedFields.some(
    ({ manager, subresource }) => subresource !== 'status' && !ourManagers.includes(manager ?? ''),
  )
}

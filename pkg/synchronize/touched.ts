import { REFRESH_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { ManagedFields } from '../../pkg/kube/resource.ts'

/** What asks for a look and means nothing once that was had. */
const PASSING = [`f:${REFRESH_ANNOTATION}`]

/**
 * Whether anybody but the operator set fields on an object, as the API server recorded it (status does not count: only
 * the operator writes it; nor does the annotation that asks for a fresh look).
 */
export function touchedByUser(managedFields: readonly ManagedFields[], ourManagers: readonly string[]): boolean {
  return managedFields.some(({ manager, subresource, fieldsV1 }) => {
    const others = subresource !== 'status' && !ourManagers.includes(manager ?? '')
    return others && (fieldsV1 === undefined || setsAnything(fieldsV1))
  })
}

/** Whether fields in the API server's notation (`f:name` for a field, `.` for the field itself) set more than that. */
function setsAnything(fields: Record<string, unknown>): boolean {
  return Object.entries(fields).some(([name, inner]) => {
    if (name === '.' || PASSING.includes(name)) return false
    const nested = inner as Record<string, unknown>
    return Object.keys(nested).length === 0 || setsAnything(nested)
  })
}

import { SYNCHRONIZED_LABEL } from '../../api/v1alpha1/names.ts'

/** What an object's policies come to; absent fields of spec mean "not ours". */
export interface EffectivePolicy {
  /** The thing in the cloud is made by this object. */
  creates: boolean
  /** The operator may change the thing. */
  manages: boolean
  /** The thing is deleted together with this object. */
  deletes: boolean
}

/** An object that says whether its thing is made, or there already: by a source, or by naming the existing one. */
interface Sourced {
  spec: {
    source?: { type: string }
    existing?: object | undefined
    managementPolicy?: 'Managed' | 'Unmanaged' | undefined
    deletionPolicy?: 'Delete' | 'Retain' | undefined
  }
}

/** Unmanaged and Retain for what is there already, Managed and Delete otherwise, unless spec says so. */
export function effectivePolicy({ spec }: Sourced): EffectivePolicy {
  const creates = spec.source?.type !== 'Existing' && spec.existing === undefined
  const manages = (spec.managementPolicy ?? (creates ? 'Managed' : 'Unmanaged')) === 'Managed'
  const deletes = creates && manages && (spec.deletionPolicy ?? 'Delete') === 'Delete'
  return { creates, manages, deletes }
}

/** Whether the operator made the object for a thing that it found. */
export function isSynchronized({ metadata }: { metadata: { labels?: Record<string, string> } }): boolean {
  return metadata.labels?.[SYNCHRONIZED_LABEL] !== undefined
}

/** The part of Kubernetes' API types that every object has: names, metadata, conditions. */

/** Names one resource of the API: what a client needs to build its URLs. `O` is the type of its objects. */
export interface ResourceType<O extends KubeObject = KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string
  readonly version: string
  /** The name in URLs: `images`. */
  readonly plural: string
  readonly kind: string
  /** False for resources without namespaces (Namespace, Node). Default true. */
  readonly namespaced?: boolean
  /** Never set; ties the type of the objects to the resource. */
  readonly _object?: O
}

/** Who keeps an object alive; the garbage collector deletes the object when all its owners are gone. */
export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Kubernetes' ObjectMeta, as far as controllers use it. Times are RFC 3339. */
export interface ObjectMeta {
  name: string
  /** Absent for objects without namespaces. */
  namespace?: string
  /** Differs for each object that ever bore the name. Absent until the API server made the object. */
  uid?: string
  /** Changes with every write. One resource's are ordered decimal numbers (guaranteed since Kubernetes 1.35). */
  resourceVersion?: string
  /** Counts the changes of spec. */
  generation?: number
  creationTimestamp?: string
  /** Set when deletion was asked for and finalizers keep the object. */
  deletionTimestamp?: string
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  /** Who applied which field. Informers drop it on arrival. */
  managedFields?: ManagedFields[]
}

/** One manager's fields, as the API server records them. */
export interface ManagedFields {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: Record<string, unknown>
  subresource?: string
}

/** metav1.Condition. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  /** The generation of the object that the condition speaks about. */
  observedGeneration?: number | undefined
  /** When `status` last changed, RFC 3339. */
  lastTransitionTime: string
  /** CamelCase, stable: part of the API. */
  reason: string
  /** One sentence for a person. */
  message: string
}

/** What every object of the API has. Kinds add `spec` and `status`. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

/** A page of a list, or the whole of it when `metadata.continue` is absent. */
export interface KubeList<O extends KubeObject> {
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: O[]
}

/** `vdi.auxo.dev/v1alpha1`, or `v1` for the core group. */
export function apiVersionOf(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/** The key of an object in caches and queues: `namespace/name`, or `name` where there is no namespace. */
export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** The parts of a key. `namespace` is empty for objects without one. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}

/** The kinds as TypeScript sees them at run time: types only, no schema is loaded. */
import type { CloudSpec, CloudStatus } from './cloud.ts'
import type { ImageSpec, ImageStatus } from './image.ts'

/** Metadata of an object, as far as the API's own types need it. */
export interface Metadata {
  name: string
  namespace: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

interface Typed<Spec, Status> {
  apiVersion?: string
  kind?: string
  metadata: Metadata
  spec: Spec
  status?: Status
}

export type Cloud = Typed<CloudSpec, CloudStatus>
export type Image = Typed<ImageSpec, ImageStatus>

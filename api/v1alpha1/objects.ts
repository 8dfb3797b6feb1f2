/** The kinds as TypeScript sees them at run time: types only, no schema is loaded. */
import type { CloudSpec, CloudStatus } from './cloud.ts'
import type { DesktopSpec } from './desktop.ts'
import type { DesktopResizeSpec } from './desktop-resize.ts'
import type { DesktopResizeStatus } from './desktop-resize-status.ts'
import type { DesktopStatus } from './desktop-status.ts'
import type { DesktopTemplateSpec, DesktopTemplateStatus } from './desktop-template.ts'
import type { FlavorSpec, FlavorStatus } from './flavor.ts'
import type { ImageSpec, ImageStatus } from './image.ts'
import type { KeyPairSpec, KeyPairStatus } from './key-pair.ts'
import type { ProjectQuotaSpec, ProjectQuotaStatus } from './project-quota.ts'

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
export type Flavor = Typed<FlavorSpec, FlavorStatus>
export type KeyPair = Typed<KeyPairSpec, KeyPairStatus>
export type DesktopTemplate = Typed<DesktopTemplateSpec, DesktopTemplateStatus>
export type Desktop = Typed<DesktopSpec, DesktopStatus>
export type DesktopResize = Typed<DesktopResizeSpec, DesktopResizeStatus>
export type ProjectQuota = Typed<ProjectQuotaSpec, ProjectQuotaStatus>

import type { z } from 'zod'
import { cloudReasons, cloudSpec, cloudStatus } from './cloud.ts'
import { imageReasons, imageSpec, imageStatus } from './image.ts'
import { CLOUD, IMAGE, type KindNames } from './names.ts'

/** A column of `kubectl get`. Priority 1 shows with `-o wide` only. */
export interface PrinterColumn {
  name: string
  type: 'string' | 'integer' | 'date'
  jsonPath: string
  description?: string
  priority?: 1
}

/** Everything that the generators need to know of a kind. */
export interface KindDefinition {
  names: KindNames
  /** One sentence; first line of `kubectl explain`. */
  description: string
  spec: z.ZodType
  status: z.ZodType
  reasons: Readonly<Record<string, string>>
  columns: readonly PrinterColumn[]
  /** JSON paths that `--field-selector` understands. */
  selectable: readonly string[]
}

const READY: PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
]
const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** All kinds, in the order of the docs. */
export const kinds: readonly KindDefinition[] = [
  {
    names: CLOUD,
    description: 'Cloud is a connection to one project of an OpenStack cloud.',
    spec: cloudSpec,
    status: cloudStatus,
    reasons: cloudReasons,
    columns: [
      ...READY,
      { name: 'Project', type: 'string', jsonPath: '.status.project.name' },
      { name: 'Images', type: 'integer', jsonPath: '.status.images.total' },
      AGE,
      { name: 'Owner', type: 'string', jsonPath: '.spec.ownerID', priority: 1 },
      { name: 'Expires', type: 'string', jsonPath: '.status.credentialsExpiryTime', priority: 1 },
    ],
    selectable: ['.spec.credentials.secretRef.name'],
  },
  {
    names: IMAGE,
    description: 'Image is an image in Glance: made here, or made by someone else and found.',
    spec: imageSpec,
    status: imageStatus,
    reasons: imageReasons,
    columns: [
      ...READY,
      { name: 'Origin', type: 'string', jsonPath: '.status.origin' },
      { name: 'Enablement', type: 'string', jsonPath: '.status.enablement' },
      { name: 'Format', type: 'string', jsonPath: '.status.diskFormat' },
      { name: 'Size', type: 'string', jsonPath: '.status.size' },
      {
        name: 'Progress',
        type: 'integer',
        jsonPath: '.status.progress.percent',
        description: 'Percent of the bytes that Glance has taken.',
      },
      AGE,
      { name: 'ID', type: 'string', jsonPath: '.status.id', priority: 1 },
      { name: 'Name in Glance', type: 'string', jsonPath: '.status.name', priority: 1 },
    ],
    selectable: ['.spec.cloudRef.name', '.spec.source.type'],
  },
]

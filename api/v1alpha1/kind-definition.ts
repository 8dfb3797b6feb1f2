import type { z } from 'zod'
import type { KindNames } from './names.ts'

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

/** First columns of every kind. */
export const READY: PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
]
/** Last column of those that always show. */
export const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

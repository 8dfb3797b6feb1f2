import { z } from 'zod'
import { listByKey, text, time } from './schema.ts'

/** A condition as `metav1.Condition` has it; `lastTransitionTime` moves only when `status` flips. */
export const condition = z
  .object({
    type: text(316).min(1).describe('What the condition is about; CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    reason: text(1024)
      .min(1)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe('Why, in one documented CamelCase word. Part of the API.'),
    message: text(32_768).describe('One sentence for a person: what is, where, what to do.'),
    lastTransitionTime: time().describe('When `status` last changed.'),
    observedGeneration: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .meta({ format: 'int64' })
      .optional()
      .describe('The `metadata.generation` that this was computed for.'),
  })
  .describe('One observation of the state of the object.')

/** First field of every status. */
export const conditions = listByKey(condition, 'type', 16).describe(
  'Observations in the shape of metav1.Condition. `Ready`, and the kstatus pair `Reconciling` and `Stalled`, which are present only while true.',
)

/** In every status beside the conditions; the CRD's default is -1, so that a new object is never taken for ready. */
export const observedGeneration = z
  .int()
  .min(-1)
  .max(Number.MAX_SAFE_INTEGER)
  .meta({ format: 'int64' })
  .describe('The `metadata.generation` that this status was computed for; -1 before the first visit.')

import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'

/** An effect that is done and worth an event. */
export function done(reason: string, action: string, note: string, type: 'Normal' | 'Warning' = 'Normal'): Outcome {
  return { type: 'Done', event: { type, reason, action, note } }
}

/** Nobody waits at a prompt to be told that the bytes of a URL are on their way: that wait may be brief. */
export function awaitBytes({ spec }: Image): Outcome {
  return { type: 'Waiting', brief: spec.source.type === 'HTTP' }
}

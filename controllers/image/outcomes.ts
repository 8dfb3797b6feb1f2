import type { Image } from '../../api/v1alpha1/objects.ts'
import type { Outcome } from '../../pkg/kube/kind.ts'

/** Nobody waits at a prompt to be told that the bytes of a URL are on their way: that wait may be brief. */
export function awaitBytes({ spec }: Image): Outcome {
  return { type: 'Waiting', brief: spec.source.type === 'HTTP' }
}

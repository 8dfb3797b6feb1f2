import { holdBoth } from './hold.ts'
import type { Situation } from './situation.ts'
import type { Fail, ResizeStep } from './steps.ts'

/** Step 6, first half: Nova is asked once. A refusal that would come again ends the resize. */
export function sendResize(situation: Situation): ResizeStep {
  const refused = situation.observed.answers.Resize
  if (refused?.type === 'Refused' && refused.final) {
    return { type: 'Fail', step: 'Resize', reason: refused.reason, message: refused.message } satisfies Fail
  }
  return holdBoth(situation) ?? { type: 'Resize' }
}

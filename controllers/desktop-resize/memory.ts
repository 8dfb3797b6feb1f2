import type { StepName } from './ledger.ts'
import type { Answer } from './observed.ts'

/**
 * What this process alone knows: which of its requests were answered, and how. Losing it means no more than waiting
 * until a request cannot be under way any more.
 */
export class ResizeMemory {
  readonly #answers = new Map<string, Partial<Record<StepName, Answer>>>()

  answersOf(uid: string): Readonly<Partial<Record<StepName, Answer>>> {
    return this.#answers.get(uid) ?? {}
  }

  /** A request is about to go out: an earlier answer says nothing any more. */
  asking(uid: string, step: StepName): void {
    const { [step]: _, ...others } = this.answersOf(uid)
    this.#answers.set(uid, others)
  }

  answered(uid: string, step: StepName, answer: Answer): void {
    this.#answers.set(uid, { ...this.answersOf(uid), [step]: answer })
  }

  forget(uid: string): void {
    this.#answers.delete(uid)
  }
}

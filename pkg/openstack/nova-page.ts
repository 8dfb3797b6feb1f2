import { AnswerFields } from './answer-fields.ts'
import type { OpenStackAnswer } from './request.ts'

/** `next`, the marker of the page after one that ends with `last`, where Nova announces one; it does for a full page. */
export function nextPage(answer: OpenStackAnswer, list: string, last: string | undefined): { next?: string } {
  const isFull = new AnswerFields(answer.body).list(`${list}_links`).length > 0
  return isFull && last !== undefined ? { next: last } : {}
}

import type { StatusFields, StatusObject } from './kind.ts'

/** What an object's status says, without what the loop writes. */
export function statusFieldsOf<O extends StatusObject>({ status }: O): StatusFields<O> {
  const { conditions: _, observedGeneration: __, ...fields } = status ?? {}
  return fields as StatusFields<O>
}

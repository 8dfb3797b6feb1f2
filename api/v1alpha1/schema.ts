import { z } from 'zod'

/** One CEL rule of a CRD (x-kubernetes-validations). */
export interface CelRule {
  rule: string
  message: string
  fieldPath?: string
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate'
}

/** Adds CEL rules to what the API server checks of a field. */
export function cel<S extends z.ZodType>(schema: S, ...rules: CelRule[]): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': rules }) as S
}

/** A field that cannot change once it is set; `instead` says what to do. */
export function immutable<S extends z.ZodType>(schema: S, instead: string): S {
  const rules = (schema.meta()?.['x-kubernetes-validations'] as CelRule[] | undefined) ?? []
  return cel(schema, ...rules, { rule: 'self == oldSelf', message: `is immutable; ${instead}` })
}

/** A list that is merged by one key when several managers apply it. */
export function listByKey<S extends z.ZodType>(item: S, key: string, maxItems: number): z.ZodArray<S> {
  return z
    .array(item)
    .max(maxItems)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })
}

/** A list without doubles, merged item by item. */
export function listSet<S extends z.ZodType>(item: S, maxItems: number): z.ZodArray<S> {
  return z.array(item).max(maxItems).meta({ 'x-kubernetes-list-type': 'set' })
}

/** A list that belongs to one manager as a whole. */
export function listAtomic<S extends z.ZodType>(item: S, maxItems: number): z.ZodArray<S> {
  return z.array(item).max(maxItems).meta({ 'x-kubernetes-list-type': 'atomic' })
}

/** Text of a bounded length (Unicode code points, as the API server counts them). */
export const text = (maxLength: number) => z.string().max(maxLength)

/** A point in time, RFC 3339. */
export const time = () => z.string().max(64).meta({ format: 'date-time' })

/** A 64-bit integer that is not negative. */
export const count = () => z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ format: 'int64' })

/** Name of an object in the same namespace (RFC 1123 subdomain). */
export const objectName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)

/** A reference to an object in the same namespace. */
export const reference = (what: string) =>
  z.object({ name: objectName().describe(`Name of ${what} in the same namespace.`) })

/** A thing of the cloud by its name or by its id; `what` says which thing, with its article. */
export const nameOrID = (what: string) =>
  cel(
    z.object({
      name: text(255).min(1).optional().describe(`Name of ${what}.`),
      id: text(64).min(1).optional().describe(`Id of ${what}.`),
    }),
    { rule: 'has(self.name) != has(self.id)', message: 'set exactly one of name and id' },
  )

/** Immutability of optional fields: they can neither be added nor taken away. Sits on the object that has them. */
export const fixedPresence = (fields: readonly string[], instead: string): CelRule => ({
  rule: fields.map((field) => `has(self.${field}) == has(oldSelf.${field})`).join(' && '),
  message: `${enumerate(fields)} cannot be added or taken away; ${instead}`,
})

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

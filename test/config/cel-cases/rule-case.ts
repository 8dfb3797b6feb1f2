/** One rule of a definition, what it refuses, and what it lets pass. */
export interface RuleCase {
  kind: string
  /** The field that carries the rule, and the rule's message: together they name it. */
  field: string
  message: string
  refused: Trial
  accepted: Trial
}

/** A spec that is created, one that is changed into another, or a status that is. */
export type Trial = { create: Spec } | { from: Spec; to: Spec } | { spec: Spec; statusFrom: Spec; statusTo: Spec }
export type Spec = Record<string, unknown>

/** A field that cannot change; writing it again as it is passes. */
export function immutable(kind: string, field: string, instead: string, from: Spec, to: Spec): RuleCase {
  const message = `is immutable; ${instead}`
  return { kind, field, message, refused: { from, to }, accepted: { from, to: from } }
}

/** Optional fields that cannot be added later; `values` has one for each. */
export function fixedPresence(kind: string, message: string, base: Spec, values: Spec): RuleCase[] {
  return Object.entries(values).map(([name, value]) => ({
    kind,
    field: 'spec',
    message,
    refused: { from: base, to: { ...base, [name]: value } },
    accepted: { from: base, to: base },
  }))
}

/** A thing of the cloud by name or id; `put` makes a spec of it. */
export function nameOrID(kind: string, field: string, put: (value: Spec) => Spec): RuleCase[] {
  const rule = { kind, field, message: 'set exactly one of name and id' }
  return [
    { ...rule, refused: { create: put({ name: 'a', id: 'b' }) }, accepted: { create: put({ name: 'a' }) } },
    { ...rule, refused: { create: put({}) }, accepted: { create: put({ id: 'b' }) } },
  ]
}

/** The most memory of a desktop; `put` makes a spec of it. */
export function mostMemory(kind: string, field: string, put: (memory: string) => Spec): RuleCase {
  return {
    kind,
    field,
    message: 'is more than 4Ti, the most memory that one desktop can have',
    refused: { create: put('10Ti') },
    accepted: { create: put('4Ti') },
  }
}

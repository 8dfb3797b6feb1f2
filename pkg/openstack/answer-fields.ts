import { OpenStackError } from './errors.ts'

/** The fields of a decoded JSON object, each taken only where it has the expected type. `null` counts as absent. */
export class AnswerFields {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    this.#values = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  }

  text(key: string): string | undefined {
    const value = this.#values[key]
    return typeof value === 'string' ? value : undefined
  }

  number(key: string): number | undefined {
    const value = this.#values[key]
    return typeof value === 'number' ? value : undefined
  }

  flag(key: string): boolean {
    return this.#values[key] === true
  }

  list(key: string): unknown[] {
    const value = this.#values[key]
    return Array.isArray(value) ? value : []
  }

  texts(key: string): string[] {
    return this.list(key).map(String)
  }

  /** The object under `key`; empty where there is none. */
  object(key: string): AnswerFields {
    return new AnswerFields(this.#values[key])
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null
  }

  entries(): [string, unknown][] {
    return Object.entries(this.#values)
  }

  /** The object as a map of texts: metadata, extra specs. */
  textMap(key: string): Record<string, string> {
    return Object.fromEntries(
      this.object(key)
        .entries()
        .map(([name, value]) => [name, String(value)]),
    )
  }

  /** A text that must be there; otherwise the answer is none that the service gives. */
  required(key: string, service: string, what: string): string {
    const value = this.text(key)
    if (value !== undefined) return value
    throw new OpenStackError(`${service}: the answer is not ${what}`, {
      class: 'Unavailable',
      code: 'InvalidAnswer',
      service,
    })
  }

  /** Those of `keys` that are texts, for the optional fields of a type. */
  texted<K extends string>(keys: readonly K[]): Partial<Record<K, string>> {
    return Object.fromEntries(
      keys.flatMap((key) => {
        const value = this.text(key)
        return value === undefined ? [] : [[key, value]]
      }),
    ) as Partial<Record<K, string>>
  }
}

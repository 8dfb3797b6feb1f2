import { OpenStackError } from './errors.ts'

/**
 * A mapping of clouds.yaml whose scalars are all text. Keys may be written with `-` or `_`. What is empty, `null` or
 * `~` counts as absent.
 */
export class Settings {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #path: string

  constructor(values: Readonly<Record<string, unknown>>, path: string) {
    this.#values = new Map(Object.entries(values).map(([key, value]) => [key.replaceAll('-', '_'), value]))
    this.#path = path
  }

  keys(): string[] {
    return [...this.#values.keys()]
  }

  text(key: string): string | undefined {
    const value = this.#values.get(key)
    if (value === undefined || value === '' || value === '~' || value === 'null') return undefined
    if (typeof value !== 'string') throw this.invalid(key, 'must be a text')
    return value
  }

  /** A text that is taken as it is: a password may be `null`. */
  secret(key: string): string | undefined {
    const value = this.#values.get(key)
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string') throw this.invalid(key, 'must be a text')
    return value
  }

  /** A boolean in any of the spellings that YAML 1.1, Python or users have for it. */
  flag(key: string): boolean | undefined {
    const value = this.text(key)?.toLowerCase()
    if (value === undefined) return undefined
    if (['true', 'yes', 'on', 'y', '1', 't'].includes(value)) return true
    if (['false', 'no', 'off', 'n', '0', 'f'].includes(value)) return false
    throw this.invalid(key, 'must be true or false')
  }

  list(key: string): unknown[] {
    const value = this.#values.get(key)
    return Array.isArray(value) ? value : []
  }

  /** The mapping under `key`; empty when there is none. */
  section(key: string): Settings {
    const value = this.#values.get(key) ?? {}
    if (value === '') return new Settings({}, `${this.#path}.${key}`)
    if (typeof value !== 'object' || Array.isArray(value)) throw this.invalid(key, 'must be a mapping')
    return new Settings(value as Record<string, unknown>, `${this.#path}.${key}`)
  }

  /** An error about one key; `problem` reads on from its name. */
  invalid(key: string, problem: string): OpenStackError {
    return new OpenStackError(`${this.#path}.${key} ${problem}`, { class: 'InvalidSpec', code: 'CredentialsInvalid' })
  }
}

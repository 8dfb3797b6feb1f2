/** A flavor as Nova's database has it. */
export interface FlavorRecord {
  /** Nova's inner number: a flavor that is made again with the same id is another one. */
  readonly number: number
  readonly id: string
  readonly name: string
  readonly vcpus: number
  /** MiB. */
  readonly ram: number
  /** GiB. */
  readonly disk: number
  readonly ephemeral: number
  /** MiB. */
  readonly swap: number
  readonly rxtxFactor: number
  readonly isPublic: boolean
  description: string | null
  extraSpecs: Record<string, string>
  /** Projects that may use it, if it is not public. */
  access: string[]
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Service } from './cloud/services.ts'
import { LabError } from './lab-error.ts'
import { type Facts, PART_NAMES, PARTS, type PartName } from './parts.ts'
import { type ProcessRecord, ProcessSupervisor } from './processes.ts'

/** What is known of one part of a lab. */
export interface PartStatus {
  lab: string
  part: PartName
  /** `Up`: all its processes run. `Partial`: some do. `Down`: none does. */
  state: 'Up' | 'Partial' | 'Down'
  facts: Facts
  processes: readonly (ProcessRecord & { running: boolean })[]
}

/** The parts that outlive the command which brought them up, under one name; several labs can be up at once. */
export class Lab {
  readonly name: string

  constructor(name: string) {
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
      throw new LabError(`"${name}" is no name for a lab: lower-case letters, digits and dashes`, 'BadName')
    }
    this.name = name
  }

  /** Names of all labs that were brought up and not taken down. */
  static names(): string[] {
    return existsSync(labsDirectory()) ? readdirSync(labsDirectory()).sort() : []
  }

  /** Brings a part up; resolves when it is ready. */
  async up(
    part: PartName,
    options: { firstPort?: number | undefined; services: readonly Service[]; signal: AbortSignal },
  ): Promise<PartStatus> {
    if (this.status(part).state === 'Up') return this.status(part)
    await this.down(part)
    const directory = this.#directory(part)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const facts = await PARTS[part].up({ firstPort: undefined, ...options, directory })
    writeFileSync(join(directory, 'facts.json'), JSON.stringify(facts), { mode: 0o600 })
    return this.status(part)
  }

  /** Ends a part's processes and removes its data. */
  async down(part: PartName): Promise<void> {
    const directory = this.#directory(part)
    if (!existsSync(directory)) return
    await new ProcessSupervisor(directory, 'kept').stopAll({ now: true })
    rmSync(directory, { recursive: true, force: true })
    const lab = join(labsDirectory(), this.name)
    if (readdirSync(lab).length === 0) rmSync(lab, { recursive: true })
  }

  async reset(part: PartName): Promise<void> {
    if (this.status(part).state === 'Down') throw new LabError(`${part} of lab ${this.name} is not up`, 'NotUp')
    await PARTS[part].reset(this.#directory(part))
  }

  /** The parts that have been brought up. */
  parts(): PartName[] {
    return PART_NAMES.filter((part) => existsSync(this.#directory(part)))
  }

  status(part: PartName): PartStatus {
    const directory = this.#directory(part)
    if (!existsSync(directory)) return { lab: this.name, part, state: 'Down', facts: {}, processes: [] }
    const supervisor = new ProcessSupervisor(directory, 'kept')
    const processes = supervisor.records().map((record) => ({ ...record, running: supervisor.isRunning(record.name) }))
    const factsFile = join(directory, 'facts.json')
    const facts = existsSync(factsFile) ? (JSON.parse(readFileSync(factsFile, 'utf8')) as Facts) : {}
    const complete = existsSync(factsFile) && processes.every(({ running }) => running)
    const state = complete ? 'Up' : processes.some(({ running }) => running) ? 'Partial' : 'Down'
    return { lab: this.name, part, state, facts, processes }
  }

  #directory(part: PartName): string {
    return join(labsDirectory(), this.name, part)
  }
}

function labsDirectory(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'auxo', 'lab')
}

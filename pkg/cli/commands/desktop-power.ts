import type { Command } from 'commander'
import { effectivePolicy } from '../../cloud-objects/policy.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../exit-code.ts'
import { type Desktop, desktops } from '../kinds.ts'
import { addChange } from './change-command.ts'

export function addDesktopStart(desktop: Command, environment: Environment): void {
  addPower(desktop, environment, {
    verb: 'start',
    powerState: 'Running',
    done: 'is to run',
    summary: 'power desktops on',
    description: 'Power desktops on, and keep them so: spec.powerState is set to Running.',
  })
}

export function addDesktopStop(desktop: Command, environment: Environment): void {
  addPower(desktop, environment, {
    verb: 'stop',
    powerState: 'Stopped',
    done: 'is to be stopped',
    summary: 'shut desktops down',
    description: 'Shut desktops down, and keep them so: spec.powerState is set to Stopped.',
  })
}

interface Power {
  verb: 'start' | 'stop'
  powerState: 'Running' | 'Stopped'
  done: string
  summary: string
  description: string
}

function addPower(desktop: Command, environment: Environment, { powerState, ...words }: Power): void {
  addChange(desktop, environment, {
    ...words,
    type: desktops,
    examples: [
      `kubectl auxo desktop ${words.verb} pc-042`,
      `kubectl auxo desktop ${words.verb} pc-042 pc-043 -n desktops`,
      `kubectl auxo desktop ${words.verb} pc-042 && kubectl wait --for=condition=Ready desktop/pc-042`,
    ],
    field: (metadata) => ({ metadata, spec: { powerState } }),
    assertEffective: assertManaged,
  })
}

function assertManaged(desktop: Desktop): void {
  if (effectivePolicy(desktop).manages) return
  const { name } = desktop.metadata
  throw new CliError(
    `desktop ${name} is Unmanaged: its server is only observed; set spec.managementPolicy to Managed first`,
  )
}

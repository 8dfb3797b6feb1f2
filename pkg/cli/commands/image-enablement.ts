import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { images } from '../kinds.ts'
import { addChange } from './change-command.ts'

export function addImageEnable(image: Command, environment: Environment): void {
  addEnablement(image, environment, {
    verb: 'enable',
    enablement: 'Enabled',
    summary: 'let images be used for new templates',
    description: 'Let images be used for new templates again.',
  })
}

export function addImageDisable(image: Command, environment: Environment): void {
  addEnablement(image, environment, {
    verb: 'disable',
    enablement: 'Disabled',
    summary: 'keep images from being used for new templates',
    description: 'Keep images from being used for new templates. Templates and desktops that exist keep working.',
  })
}

interface Enablement {
  verb: 'enable' | 'disable'
  enablement: 'Enabled' | 'Disabled'
  summary: string
  description: string
}

function addEnablement(image: Command, environment: Environment, { enablement, ...words }: Enablement): void {
  addChange(image, environment, {
    ...words,
    type: images,
    done: `${words.verb}d`,
    examples: [
      `kubectl auxo image ${words.verb} windows-10`,
      `kubectl auxo image ${words.verb} windows-10 windows-11 -n desktops`,
    ],
    field: (metadata) => ({ metadata, spec: { enablement } }),
  })
}

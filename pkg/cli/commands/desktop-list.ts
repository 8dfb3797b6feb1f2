import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { type Desktop, desktops } from '../kinds.ts'
import { addList } from './list-command.ts'

export function addDesktopList(desktop: Command, environment: Environment): void {
  addList(desktop, environment, {
    type: desktops,
    things: 'desktops',
    description: 'List desktops: what is ready, what runs, how large it is, where to reach it.',
    examples: [
      'kubectl auxo desktop list',
      'kubectl auxo desktop list -A -o wide',
      "kubectl auxo desktop list -n desktops -o json | jq -r '.items[].status.address'",
    ],
    columns: [
      { heading: 'POWER', cell: powerOf },
      { heading: 'CPUS', cell: ({ status }) => status?.cpus?.toString() },
      { heading: 'MEMORY', cell: ({ status }) => status?.memory },
      { heading: 'ADDRESS', cell: ({ status }) => status?.address },
      { heading: 'HOST', cell: ({ status }) => status?.host },
    ],
    wide: [
      { heading: 'OPERATION', cell: ({ status }) => status?.activeOperation?.name },
      { heading: 'TEMPLATE', cell: ({ spec }) => spec.source.template?.name },
      { heading: 'ORIGIN', cell: ({ status }) => status?.origin },
      { heading: 'ID', cell: ({ status }) => status?.id },
      { heading: 'NAME IN NOVA', cell: ({ status }) => status?.name },
    ],
  })
}

/** `Running`; `Running > Stopped` where spec asks for another state than it has. */
function powerOf({ spec, status }: Desktop): string | undefined {
  const { powerState } = status ?? {}
  if (powerState === undefined || spec.powerState === undefined || spec.powerState === powerState) return powerState
  return `${powerState} > ${spec.powerState}`
}

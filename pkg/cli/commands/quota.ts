import type { Command } from 'commander'
import { apiVersionOf } from '../../kube/resource.ts'
import type { Environment } from '../environment.ts'
import { existingObject } from '../existing-object.ts'
import { allNamespacesOption, outputOption, withCluster } from '../global-options.ts'
import { type ProjectQuota, projectQuotas } from '../kinds.ts'
import { type Listed, type ListOptions, printList } from '../object-list.ts'
import { printObjects } from '../object-output.ts'
import { memoryText, type QuotaLine, quotaLines } from '../quota-lines.ts'
import { verdictOf } from '../readiness.ts'
import { type Column, table } from '../table.ts'
import type { Paint } from '../terminal.ts'
import { examplesText } from './list-command.ts'

export function addQuota(program: Command, environment: Environment): void {
  program
    .command('quota')
    .argument('[name]', 'ProjectQuota; all of the namespace if left out')
    .summary('show what projects may use, use, and have left')
    .description(
      'Show what projects may use, what they use, what unfinished resizes hold, and what is left. With a name also ' +
        'which resizes hold something.',
    )
    .addOption(allNamespacesOption())
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText(
      'after',
      examplesText(['kubectl auxo quota', 'kubectl auxo quota sales -n desktops', 'kubectl auxo quota -A -o json']),
    )
    .action(async (name: string | undefined, options: ListOptions, command: Command) => {
      await withCluster(environment, command, async (cluster, paint) => {
        if (name === undefined) return await printList(cluster, listed, options, environment, paint)
        const quota = await existingObject(cluster, projectQuotas, name, environment.signal)
        environment.stdout.write(printOne(quota, options, paint))
      })
    })
}

const used = (resource: string): Column<ProjectQuota> => ({
  heading: resource.toUpperCase(),
  cell: (quota) => {
    const line = quotaLines(quota).find((known) => known.resource === resource)
    return line === undefined ? undefined : `${line.used}/${line.limit}`
  },
})

const listed: Listed<ProjectQuota> = {
  type: projectQuotas,
  things: 'quotas',
  columns: [
    { heading: 'PROJECT', cell: ({ spec, status }) => status?.project?.name ?? spec.project.name ?? spec.project.id },
    ...['instances', 'cpus', 'memory', 'volumes', 'storage'].map(used),
    { heading: 'HOLDS', cell: ({ status }) => status?.holds?.length.toString() },
  ],
}

function printOne(quota: ProjectQuota, { output }: ListOptions, paint: Paint): string {
  if (output !== undefined && output !== 'wide') {
    return printObjects({ ...quota, apiVersion: apiVersionOf(projectQuotas), kind: projectQuotas.kind }, output)
  }
  const { ready, stalled, reason, message } = verdictOf(quota)
  const verdict = paint(ready ? 'green' : stalled ? 'red' : 'yellow', reason)
  const holds = quota.status?.holds ?? []
  const parts = [`${verdict}: ${message}\n`, table(columnsOf(paint), quotaLines(quota))]
  if (holds.length > 0) parts.push(table(holdColumns, holds))
  return parts.join('\n')
}

function columnsOf(paint: Paint): Column<QuotaLine>[] {
  return [
    { heading: 'RESOURCE', cell: ({ resource }) => resource },
    { heading: 'LIMIT', cell: ({ limit }) => limit },
    { heading: 'USED', cell: ({ used }) => used },
    { heading: 'HELD', cell: ({ held }) => held },
    {
      heading: 'LEFT',
      cell: ({ left }) => left,
      paint: ({ left }, text) => (left === '0' ? paint('red', text) : text),
    },
  ]
}

const holdColumns: Column<NonNullable<NonNullable<ProjectQuota['status']>['holds']>[number]>[] = [
  { heading: 'HELD BY', cell: ({ resize }) => resize },
  { heading: 'CPUS', cell: ({ cpus }) => cpus.toString() },
  { heading: 'MEMORY', cell: ({ memoryMiB }) => memoryText(memoryMiB) },
]

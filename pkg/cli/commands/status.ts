import type { Command } from 'commander'
import { API_VERSION } from '../../../api/v1alpha1/names.ts'
import type { Cluster } from '../cluster.ts'
import type { Environment } from '../environment.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { allNamespacesOption, outputOption, withCluster } from '../global-options.ts'
import type { AnyObject } from '../kinds.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'
import { ourKinds } from '../our-kinds.ts'
import { type Verdict, verdictOf } from '../readiness.ts'
import { type Column, table } from '../table.ts'
import type { Paint } from '../terminal.ts'

interface StatusOptions {
  allNamespaces?: boolean
  output?: ObjectFormat
}

interface Row {
  object: AnyObject
  verdict: Verdict
}

export function addStatus(program: Command, environment: Environment): void {
  program
    .command('status')
    .summary('list everything that is not ready, with reasons')
    .description('List everything of Auxo that is not ready, with reasons. Exits with 1 if there is anything.')
    .addOption(allNamespacesOption())
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText(
      'after',
      `
Examples:
  kubectl auxo status
  kubectl auxo status -A
  until kubectl auxo status -n desktops; do sleep 10; done`,
    )
    .action((options: StatusOptions, command: Command) => status(options, command, environment))
}

async function status(options: StatusOptions, command: Command, environment: Environment): Promise<void> {
  await withCluster(environment, command, async (cluster, paint) => {
    const rows = await look(cluster, options.allNamespaces === true, environment.signal)
    const waiting = rows.filter(({ verdict }) => !verdict.ready)
    const where = options.allNamespaces ? 'all namespaces' : `namespace ${cluster.namespace}`
    if (options.output !== undefined) {
      const objects = waiting.map(({ object }) => object)
      environment.stdout.write(printObjects(objects, options.output))
    } else if (waiting.length > 0) {
      environment.stdout.write(table(columns(paint, options.allNamespaces === true), waiting))
    } else {
      const found = rows.length === 0 ? 'nothing of Auxo found' : `all ${rows.length} objects are ready`
      environment.stdout.write(`${found} in ${where}\n`)
    }
    if (waiting.length === 0) return
    throw new CliError(`${waiting.length} of ${rows.length} objects are not ready in ${where}`, EXIT.failed)
  })
}

async function look({ client, namespace }: Cluster, all: boolean, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = []
  for (const kind of await ourKinds(client, signal)) {
    const where = all ? {} : { namespace }
    for await (const item of client.listAll(kind, { ...where, signal })) {
      const object = { ...item, apiVersion: API_VERSION, kind: kind.kind }
      rows.push({ object, verdict: verdictOf(object) })
    }
  }
  return rows
}

function columns(paint: Paint, namespaces: boolean): Column<Row>[] {
  const reason = (row: Row, text: string) => paint(row.verdict.stalled ? 'red' : 'yellow', text)
  const all: Column<Row>[] = [
    { heading: 'KIND', cell: ({ object }) => object.kind },
    { heading: 'NAME', cell: ({ object }) => object.metadata.name },
    { heading: 'REASON', cell: ({ verdict }) => verdict.reason, paint: reason },
    { heading: 'MESSAGE', cell: ({ verdict }) => verdict.message },
  ]
  return namespaces ? [{ heading: 'NAMESPACE', cell: ({ object }) => object.metadata.namespace }, ...all] : all
}

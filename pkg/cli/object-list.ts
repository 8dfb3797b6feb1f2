import { apiVersionOf, type ResourceType } from '../kube/resource.ts'
import type { Cluster } from './cluster.ts'
import type { Environment } from './environment.ts'
import type { AnyObject } from './kinds.ts'
import { formatDuration } from './measures.ts'
import { type ObjectFormat, printObjects } from './object-output.ts'
import { verdictOf } from './readiness.ts'
import { type Column, table } from './table.ts'
import type { Paint } from './terminal.ts'

export interface ListOptions {
  allNamespaces?: boolean
  output?: ObjectFormat | 'wide'
}

/** What a list shows of a kind. */
export interface Listed<O extends AnyObject> {
  type: ResourceType<O>
  /** What they are called: `images`. */
  things: string
  /** Between NAME READY REASON and AGE. */
  columns: readonly Column<O>[]
  /** Behind AGE, with `-o wide`. */
  wide?: readonly Column<O>[]
}

/** Prints all objects of a kind, of the namespace or of all. */
export async function printList<O extends AnyObject>(
  { client, namespace }: Cluster,
  listed: Listed<O>,
  options: ListOptions,
  environment: Environment,
  paint: Paint,
): Promise<void> {
  const { type, things } = listed
  const where = options.allNamespaces ? {} : { namespace }
  const found: O[] = []
  for await (const item of client.listAll(type, { ...where, signal: environment.signal })) found.push(item)
  if (options.output !== undefined && options.output !== 'wide') {
    const typed = found.map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind }))
    environment.stdout.write(printObjects(typed, options.output))
  } else if (found.length === 0) {
    environment.stderr.write(`No ${things} found${options.allNamespaces ? '' : ` in namespace ${namespace}`}.\n`)
  } else {
    environment.stdout.write(table(columnsOf(listed, options, paint, Date.now()), found))
  }
}

function columnsOf<O extends AnyObject>(
  { columns, wide = [] }: Listed<O>,
  options: ListOptions,
  paint: Paint,
  now: number,
): Column<O>[] {
  const ready = (object: O) => object.status?.conditions?.find(({ type }) => type === 'Ready')
  const colour = (object: O) => (verdictOf(object).ready ? 'green' : verdictOf(object).stalled ? 'red' : 'yellow')
  const painted = (object: O, text: string) => paint(colour(object), text)
  return [
    ...(options.allNamespaces ? [{ heading: 'NAMESPACE', cell: ({ metadata }: O) => metadata.namespace }] : []),
    { heading: 'NAME', cell: ({ metadata }) => metadata.name },
    { heading: 'READY', cell: (object) => ready(object)?.status ?? 'Unknown', paint: painted },
    { heading: 'REASON', cell: (object) => ready(object)?.reason ?? 'NotSeen', paint: painted },
    ...columns,
    { heading: 'AGE', cell: ({ metadata }) => ageOf(metadata.creationTimestamp, now) },
    ...(options.output === 'wide' ? wide : []),
  ]
}

function ageOf(creation: string | undefined, now: number): string | undefined {
  return creation === undefined ? undefined : formatDuration((now - Date.parse(creation)) / 1000)
}

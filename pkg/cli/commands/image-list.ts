import type { Command } from 'commander'
import { apiVersionOf } from '../../kube/resource.ts'
import type { Environment } from '../environment.ts'
import { allNamespacesOption, outputOption, withCluster } from '../global-options.ts'
import { type Image, images } from '../kinds.ts'
import { formatBytes, formatDuration, formatRate } from '../measures.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'
import { verdictOf } from '../readiness.ts'
import { type Column, table } from '../table.ts'
import type { Paint } from '../terminal.ts'

interface ListOptions {
  allNamespaces?: boolean
  output?: ObjectFormat | 'wide'
}

export function addImageList(image: Command, environment: Environment): void {
  image
    .command('list')
    .alias('ls')
    .summary('list images')
    .description('List images: what is ready, where it came from, how far its bytes are.')
    .addOption(allNamespacesOption())
    .addOption(outputOption('wide', 'json', 'yaml', 'name'))
    .addHelpText(
      'after',
      `
Examples:
  kubectl auxo image list
  kubectl auxo image list -A -o wide
  kubectl auxo image list -n desktops -o json | jq -r '.items[].status.id'`,
    )
    .action((options: ListOptions, command: Command) => list(options, command, environment))
}

async function list(options: ListOptions, command: Command, environment: Environment): Promise<void> {
  await withCluster(environment, command, async ({ client, namespace }, paint) => {
    const where = options.allNamespaces ? {} : { namespace }
    const found: Image[] = []
    for await (const item of client.listAll(images, { ...where, signal: environment.signal })) found.push(item)
    if (options.output !== undefined && options.output !== 'wide') {
      const typed = found.map((item) => ({ ...item, apiVersion: apiVersionOf(images), kind: images.kind }))
      environment.stdout.write(printObjects(typed, options.output))
    } else if (found.length === 0) {
      environment.stderr.write(`No images found${options.allNamespaces ? '' : ` in namespace ${namespace}`}.\n`)
    } else {
      const columns = imageColumns(paint, options.allNamespaces === true, options.output === 'wide', Date.now())
      environment.stdout.write(table(columns, found))
    }
  })
}

function imageColumns(paint: Paint, namespaces: boolean, wide: boolean, now: number): Column<Image>[] {
  const ready = (image: Image) => image.status?.conditions?.find(({ type }) => type === 'Ready')
  const colour = (image: Image) => (verdictOf(image).ready ? 'green' : verdictOf(image).stalled ? 'red' : 'yellow')
  const painted = (image: Image, text: string) => paint(colour(image), text)
  const columns: Column<Image>[] = [
    { heading: 'NAME', cell: ({ metadata }) => metadata.name },
    { heading: 'READY', cell: (image) => ready(image)?.status ?? 'Unknown', paint: painted },
    { heading: 'REASON', cell: (image) => ready(image)?.reason ?? 'NotSeen', paint: painted },
    { heading: 'ORIGIN', cell: ({ status }) => status?.origin },
    { heading: 'ENABLEMENT', cell: ({ spec, status }) => status?.enablement ?? spec.enablement },
    { heading: 'FORMAT', cell: ({ spec, status }) => status?.diskFormat ?? spec.diskFormat },
    { heading: 'SIZE', cell: ({ status }) => status?.size ?? sizeOf(status?.sizeBytes) },
    { heading: 'PROGRESS', cell: progressOf },
    { heading: 'AGE', cell: ({ metadata }) => ageOf(metadata.creationTimestamp, now) },
  ]
  if (namespaces) columns.unshift({ heading: 'NAMESPACE', cell: ({ metadata }) => metadata.namespace })
  if (wide) {
    columns.push({ heading: 'ID', cell: ({ status }) => status?.id })
    columns.push({ heading: 'NAME IN GLANCE', cell: ({ status }) => status?.name })
  }
  return columns
}

/** `42% 118 MiB/s 3m`; nothing at rest. */
function progressOf({ status }: Image): string | undefined {
  const progress = status?.progress
  if (progress === undefined) return undefined
  const parts = [progress.percent === undefined ? formatBytes(progress.bytes) : `${progress.percent}%`]
  if (progress.bytesPerSecond) parts.push(formatRate(progress.bytesPerSecond))
  if (progress.secondsLeft) parts.push(formatDuration(progress.secondsLeft))
  return parts.join(' ')
}

function sizeOf(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : formatBytes(bytes)
}

function ageOf(creation: string | undefined, now: number): string | undefined {
  return creation === undefined ? undefined : formatDuration((now - Date.parse(creation)) / 1000)
}

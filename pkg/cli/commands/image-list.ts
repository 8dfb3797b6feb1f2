import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { type Image, images } from '../kinds.ts'
import { formatBytes, formatDuration, formatRate } from '../measures.ts'
import { addList } from './list-command.ts'

export function addImageList(image: Command, environment: Environment): void {
  addList(image, environment, {
    type: images,
    things: 'images',
    description: 'List images: what is ready, where it came from, how far its bytes are.',
    examples: [
      'kubectl auxo image list',
      'kubectl auxo image list -A -o wide',
      "kubectl auxo image list -n desktops -o json | jq -r '.items[].status.id'",
    ],
    columns: [
      { heading: 'ORIGIN', cell: ({ status }) => status?.origin },
      { heading: 'ENABLEMENT', cell: ({ spec, status }) => status?.enablement ?? spec.enablement },
      { heading: 'FORMAT', cell: ({ spec, status }) => status?.diskFormat ?? spec.diskFormat },
      { heading: 'SIZE', cell: ({ status }) => status?.size ?? sizeOf(status?.sizeBytes) },
      { heading: 'PROGRESS', cell: progressOf },
    ],
    wide: [
      { heading: 'ID', cell: ({ status }) => status?.id },
      { heading: 'NAME IN GLANCE', cell: ({ status }) => status?.name },
    ],
  })
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

import { API_VERSION, DESKTOP_RESIZE } from '../../api/v1alpha1/names.ts'
import type { DesktopResize } from './kinds.ts'

/** What the command line says of a resize. Absent means not set. */
export interface ResizeWishes {
  namespace: string
  desktop: string
  cpus?: number | undefined
  memory?: string | undefined
  mode?: DesktopResize['spec']['mode']
  /** Tells it apart from an earlier resize of the same desktop to the same size. */
  suffix: string
}

/** The DesktopResize to make: exactly what was said, nothing more. */
export function resizeManifest({ namespace, desktop, cpus, memory, mode, suffix }: ResizeWishes): DesktopResize {
  return {
    apiVersion: API_VERSION,
    kind: DESKTOP_RESIZE.kind,
    metadata: { namespace, name: resizeName(desktop, cpus, memory, suffix) },
    spec: {
      desktopRef: { name: desktop },
      ...(cpus === undefined ? {} : { cpus }),
      ...(memory === undefined ? {} : { memory }),
      ...(mode === undefined ? {} : { mode }),
    },
  }
}

/** `pc-042-4c-8gi-x7k2p`: what is asked for, within the 63 characters that labels take. */
function resizeName(desktop: string, cpus: number | undefined, memory: string | undefined, suffix: string): string {
  const asked = [...(cpus === undefined ? [] : [`${cpus}c`]), ...(memory === undefined ? [] : [memory.toLowerCase()])]
  const end = ['', ...(asked.length === 0 ? ['as-specified'] : asked), suffix].join('-')
  return `${desktop.slice(0, 63 - end.length).replace(/[-.]+$/, '')}${end}`
}

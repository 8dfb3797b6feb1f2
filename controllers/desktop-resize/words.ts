import { exactQuantity } from '../../pkg/kube/quantity.ts'
import type { Size } from './observed.ts'

/** A size as status shows it. */
export function sizeFields({ cpus, memoryMiB }: Size): { size: string; cpus: number; memory: string } {
  const memory = exactQuantity(memoryMiB * 1024 ** 2)
  return { size: `${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}, ${memory}`, cpus, memory }
}

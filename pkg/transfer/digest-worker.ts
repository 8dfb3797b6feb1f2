import { parentPort } from 'node:worker_threads'
import { Digest } from './digest.ts'
import type { ChecksumAlgorithm } from './transfer.ts'

/** What `DigestThread` asks for, about one of its digests. Each order gets one answer, in turn: digests to `Tell`. */
export type DigestOrder = { id: number } & (
  | { type: 'Begin'; algorithms: readonly ChecksumAlgorithm[] }
  | { type: 'Update'; chunk: Uint8Array }
  | { type: 'Tell' | 'Forget' }
)

const digests = new Map<number, Digest>()

parentPort?.on('message', (order: DigestOrder) => {
  const { id, type } = order
  if (type === 'Begin') digests.set(id, new Digest(order.algorithms))
  if (type === 'Update') digests.get(id)?.update(order.chunk)
  if (type === 'Forget') digests.delete(id)
  parentPort?.postMessage(type === 'Tell' ? digests.get(id)?.digests() : undefined)
})

import type { Block, Blocks } from './blocks.ts'
import type { ByteStream } from './source.ts'

/** Milliseconds after which a block that is not full goes on as it is: a slow source must not look like a dead one. */
const LONGEST_MS = 1_000

/** The same bytes, copied into blocks, all of them full where the stream is fast. */
export async function* gathered(stream: ByteStream, blocks: Blocks): ByteStream {
  const { blockBytes } = blocks
  let block: Block | undefined
  let filled = 0
  let begunTime = 0
  for await (const chunk of stream) {
    for (let taken = 0; taken < chunk.length; ) {
      if (block === undefined) {
        block = blocks.take()
        filled = 0
        begunTime = performance.now()
      }
      const piece = chunk.subarray(taken, taken + blockBytes - filled)
      block.set(piece, filled)
      filled += piece.length
      taken += piece.length
      if (filled < blockBytes && performance.now() - begunTime < LONGEST_MS) continue
      yield blocks.lend(block, filled)
      block = undefined
    }
  }
  if (block !== undefined) yield blocks.lend(block, filled)
}

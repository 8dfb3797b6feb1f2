import { afterAll, beforeAll } from 'vitest'

/** What a test file must not leave behind: each keeps the process alive. */
const KINDS = [
  'TCPServerWrap',
  'TCPSocketWrap',
  'TLSWrap',
  'PipeWrap',
  'ProcessWrap',
  'Timeout',
  'FSEventWrap',
  'UDPWrap',
]

function held(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (KINDS.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/** Kinds of which there are more than before, with how many. */
function leaks(before: ReadonlyMap<string, number>): string[] {
  return [...held()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0)
    return more > 0 ? [`${more} ${kind}`] : []
  })
}

let before: ReadonlyMap<string, number>
beforeAll(() => {
  before = held()
})

// Sockets that were told to close may take a moment; whatever is there after that stays for good.
afterAll(async () => {
  const deadline = performance.now() + 3_000
  while (leaks(before).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const left = leaks(before)
  if (left.length > 0) throw new Error(`left open by this file: ${left.join(', ')}`)
}, 10_000)

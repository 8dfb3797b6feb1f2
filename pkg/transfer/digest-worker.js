// JavaScript, importing nothing of ours: a thread that strips types first takes 10 MiB more, and twice the time to start.
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** Hashes by algorithm, by the id of their digest. @type {Map<number, [string, import('node:crypto').Hash][]>} */
const digests = new Map()

/** @param {import('./digest-thread.ts').DigestOrder} order */
function carryOut({ id, type, algorithms = [], chunk }) {
  const hashes = digests.get(id) ?? []
  if (type === 'Begin') digests.set(id, algorithms.map((name) => [name, createHash(name.toLowerCase())]))
  if (type === 'Update') for (const [, hash] of hashes) hash.update(chunk)
  if (type === 'Forget') digests.delete(id)
  if (type === 'Tell') return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.copy().digest('hex')]))
}

parentPort.on('message', (order) => parentPort.postMessage(carryOut(order)))

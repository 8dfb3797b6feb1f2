import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Bench } from './bench.ts'
import { desktops } from './desktops.ts'
import { fiftyResizes } from './fifty-resizes.ts'
import { flavorsOpenStack } from './flavors-openstack.ts'
import { hundred } from './hundred.ts'
import { hundredOpenStack } from './hundred-openstack.ts'
import { keyPairs } from './key-pairs.ts'
import { thisMachine } from './machine.ts'
import { resizeOpenStack } from './resize-openstack.ts'
import { rest } from './rest.ts'
import { restDesktops } from './rest-desktops.ts'
import { slowTransfer } from './slow-transfer.ts'
import { start } from './start.ts'
import { type Row, withRows } from './table.ts'
import { upload, uploadSpool } from './upload.ts'

// `npm run bench -- [NAME…]`: how fast the operator is. See docs/benchmarks.md.

const BENCHES: readonly Bench[] = [
  hundred,
  hundredOpenStack,
  rest,
  upload,
  uploadSpool,
  start,
  slowTransfer,
  keyPairs,
  flavorsOpenStack,
  desktops,
  restDesktops,
  resizeOpenStack,
  fiftyResizes,
]
const root = join(import.meta.dirname, '../..')
const page = join(root, 'docs/benchmarks.md')

interface Options {
  write?: boolean
  quick?: boolean
  profile?: string
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)))

const names = BENCHES.map(({ name }) => name)
const program = new Command('bench')
  .description('Measures how fast the operator is, each bench beside nothing else on this machine.')
  .argument('[names...]', `which: ${names.join(', ')} (default: all)`)
  .option('--write', 'put the rows into docs/benchmarks.md')
  .option('--quick', 'a small run, to see whether a bench works')
  .option('--profile <directory>', 'leave CPU profiles of the operator there')
  .action(run)

try {
  await program.parseAsync()
  process.exit()
} catch (error) {
  console.error(error)
  process.exit(1)
}

async function run(wanted: string[], { write = false, quick = false, profile }: Options): Promise<void> {
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown !== undefined) program.error(`there is no bench ${unknown}; there are ${names.join(', ')}`)
  if (write && quick) program.error('the numbers of a quick run mean nothing: they are not written down')
  for (const bench of BENCHES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const row = await measure(bench, quick, profile)
    if (write) writeFileSync(page, withRows(readFileSync(page, 'utf8'), [row], names))
    if (!row.result.met) process.exitCode = 1
  }
}

async function measure(bench: Bench, quick: boolean, profileDirectory: string | undefined): Promise<Row> {
  const say = (text: string) => console.log(`  ${text}`)
  console.log(`${bench.name}: ${bench.what}`)
  const result = await bench.run({ quick, profileDirectory, say, signal: interrupted.signal })
  for (const detail of result.details) say(detail)
  console.log(`${bench.name}: ${result.measured}; bar ${bench.bar}: ${result.met ? 'met' : 'MISSED'}`)
  return { bench, result, machine: thisMachine(root, new Date()) }
}

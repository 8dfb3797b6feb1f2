/** `npm run check`: types, lint and format, generated files; all at once, each failure shown. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '../../node_modules/.bin')
const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types', join(bin, 'tsc'), ['--noEmit']],
  ['lint and format', join(bin, 'biome'), ['check', '--error-on-warnings', '.']],
  ['generated files', process.execPath, ['hack/generate/main.ts', '--check']],
  ['import directions', process.execPath, ['hack/check/imports.ts']],
]

async function run([name, command, args]: (typeof steps)[number]): Promise<boolean> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  if (code !== 0) process.stdout.write(Buffer.concat(output))
  return code === 0
}

const results = await Promise.all(steps.map(run))
process.exitCode = results.every(Boolean) ? 0 : 1

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a program with `input` as its standard input and returns its standard output. */
export async function filter(file: string, args: readonly string[], input: string): Promise<string> {
  const running = promisify(execFile)(file, args, { maxBuffer: 64 << 20 })
  running.child.stdin?.end(input)
  return (await running).stdout
}

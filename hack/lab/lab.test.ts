import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PartStatus } from './lab.ts'
import { startTimeOf } from './process-table.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let state: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'auxo-test-'))
})

afterEach(async () => {
  await Promise.all([lab('down', '--name', 'one'), lab('down', '--name', 'two')])
  rmSync(state, { recursive: true })
})

async function lab(...args: string[]): Promise<string> {
  const env = { ...process.env, XDG_STATE_HOME: state }
  return (await promisify(execFile)(process.execPath, [MAIN, ...args], { env })).stdout
}

async function status(): Promise<PartStatus[]> {
  return JSON.parse(await lab('status', '--json')) as PartStatus[]
}

describe('the lab command', () => {
  it('keeps several labs up after it has ended, and takes each down alone', async () => {
    await Promise.all([lab('up', 'www', '--name', 'one'), lab('up', 'www', '--name', 'two')])
    const up = (await status()) as [PartStatus, PartStatus]
    const [one, two] = up
    expect([one.lab, one.state, two.lab, two.state]).toEqual(['one', 'Up', 'two', 'Up'])
    const { statusCode, body } = await request(`${one.facts['url']}/bytes/10`)
    expect([statusCode, (await body.arrayBuffer()).byteLength]).toEqual([200, 10])
    await lab('up', 'www', '--name', 'one')
    expect(await status(), 'what is up already is left alone').toEqual(up)
    await lab('down', '--name', 'one')
    expect(one.processes.map(({ pid }) => startTimeOf(pid))).toEqual([undefined])
    expect((await status()).map(({ lab: name, state: is }) => [name, is])).toEqual([['two', 'Up']])
  })

  it('says what is wrong', async () => {
    await Promise.all([
      expect(lab('up', 'mainframe')).rejects.toThrow('parts are kube, cloud, www'),
      expect(lab('up', '--name', '../x', 'www')).rejects.toThrow('no name for a lab'),
      expect(lab('reset', 'www', '--name', 'one')).rejects.toThrow('www of lab one is not up'),
      expect(lab('status')).resolves.toBe('nothing is up\n'),
    ])
  })
})

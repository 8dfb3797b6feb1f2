import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { completionScripts } from './completion-scripts.ts'
import { commandLine } from './testing/command-line.ts'

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))

test.each([
  [],
  ['image'],
  ['image', 'upload'],
  ['image', 'list'],
  ['image', 'enable'],
  ['image', 'disable'],
  ['desktop'],
  ['desktop', 'list'],
  ['desktop', 'start'],
  ['desktop', 'stop'],
  ['desktop', 'resize'],
  ['quota'],
  ['status'],
  ['version'],
  ['completion'],
])('help of %s %s', async (...command) => {
  const { code, stdout, stderr } = await commandLine([...command, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatchSnapshot()
})

test.each([
  [['nothing'], "error: unknown command 'nothing'; see --help\n"],
  [['image', 'lst'], "error: unknown command 'lst' (Did you mean one of list, ls?); see --help\n"],
  [['image', 'upload'], "error: missing required argument 'file'; see --help\n"],
  [['image', 'upload', 'x', '--property', 'y'], /argument 'y' is invalid\. It must be key=value; see --help\n$/],
  [
    ['image', 'upload', 'x', '--visibility', 'me'],
    /It must be one of Private, Shared, Community, Public; see --help\n$/,
  ],
  [['image', 'upload', 'x', '--timeout', '1h'], /It must be a whole number of seconds; see --help\n$/],
  [['image', 'upload', 'x', '--upload-url', 'http://cloud.example/'], /has no TLS/],
  [['desktop', 'resize', 'x', '--cpus', '0'], /It must be a whole number from 1; see --help\n$/],
  [['desktop', 'resize', 'x', '--memory', '8'], /It must be a size such as 512Mi or 8Gi; see --help\n$/],
  [['desktop', 'resize', 'x', '--mode', 'cold'], /Allowed choices are Cold, Hot, Auto; see --help\n$/],
  [['status', '--output', 'table'], /Allowed choices are json, yaml, name; see --help\n$/],
])('%j is wrong usage, told in one line', async (argv, message) => {
  const { code, stdout, stderr } = await commandLine(argv)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr.trimEnd()).not.toContain('\n')
})

test('no cluster: one line that says what to do, a stack only with --verbose', async () => {
  const plain = await commandLine(['status', '--kubeconfig', '/nowhere'])
  expect(plain).toMatchObject({ code: 1, stderr: 'error: there is no kubeconfig at /nowhere\n' })
  const verbose = await commandLine(['status', '--kubeconfig', '/nowhere', '--verbose'])
  expect(verbose.stderr).toMatch(/\n {4}at /)
})

test('version asks no cluster with --client', async () => {
  const { code, stdout } = await commandLine(['version', '--client', '-o', 'json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ client: expect.stringMatching(/^\d/), node: process.versions.node })
})

test('bash completes with the script', () => {
  const script = `${completionScripts.bash}
    COMP_WORDS=(kubectl-auxo image upload --format q) COMP_CWORD=4
    _kubectl_auxo
    printf '%s\\n' "\${COMPREPLY[@]}"
    COMP_WORDS=(kubectl-auxo st) COMP_CWORD=1
    _kubectl_auxo
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${BIN}:${process.env['PATH']}` }
  expect(execFileSync('bash', ['-c', script], { env, encoding: 'utf8' })).toBe('qcow2\nstatus\n')
})

test('the launcher works through a link and says what is missing where it cannot run', () => {
  const directory = mkdtempSync(join(tmpdir(), 'auxo-launcher-'))
  try {
    symlinkSync(join(BIN, 'kubectl-auxo'), join(directory, 'kubectl-auxo'))
    const run = (path: string, program: string) =>
      execFileSync(program, ['version', '--client'], { env: { PATH: path }, encoding: 'utf8', stdio: 'pipe' })
    expect(run('/usr/bin:/bin', join(directory, 'kubectl-auxo'))).toMatch(/^kubectl-auxo: \d/)
    // A copy has no node_modules beside it, and the only `node` is too old.
    mkdirSync(join(directory, 'copy', 'bin'), { recursive: true })
    const copy = join(directory, 'copy', 'bin', 'kubectl-auxo')
    execFileSync('cp', [join(BIN, 'kubectl-auxo'), copy])
    mkdirSync(join(directory, 'old'))
    writeFileSync(join(directory, 'old', 'node'), '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 })
    expect(() => run(`${join(directory, 'old')}:/usr/bin:/bin`, copy)).toThrow(
      /needs Node.js 24 or newer \(found: v20.1.0\); run "npm ci --ignore-scripts"/,
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
})

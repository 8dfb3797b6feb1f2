import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helm } from '../judges/helm.ts'
import { kstatus } from '../judges/kstatus.ts'
import { metricsIn } from '../judges/promql.ts'
import { installOpenStack, whyNoOpenStack } from '../lab/cloud/install.ts'
import { kubernetesBinaries } from '../lab/kube/build.ts'

/** How a group of checks ended. */
export interface GroupResult {
  passed: number
  failed: number
  skipped: number
}

/** One part of `npm test`. */
export interface Group {
  name: string
  /** What it proves. */
  about: string
  /** Why this machine cannot run it; undefined where it can. */
  whyNot(): string | undefined
  /** Builds or installs what it needs; slow the first time, cached afterwards. */
  prepare(): Promise<unknown>
  run(): Promise<GroupResult>
}

const nothing = async () => undefined
const always = () => undefined
const onlyLinux = () => (process.platform === 'linux' ? undefined : 'not Linux')

/** All groups, the quick ones first. */
export const groups: readonly Group[] = [
  {
    name: 'check',
    about: 'types, lint, format, generated files, import directions',
    whyNot: always,
    prepare: nothing,
    run: () => command(process.execPath, ['hack/check/main.ts']),
  },
  {
    name: 'fast',
    about: 'everything that needs nothing but Node',
    whyNot: always,
    prepare: nothing,
    run: () => vitest('fast'),
  },
  {
    name: 'proof',
    about: 'long searches for a state that breaks a promise',
    whyNot: always,
    prepare: nothing,
    run: () => vitest('proof'),
  },
  {
    name: 'lab',
    about: 'the operator on a real API server, with the in-memory cloud; policies, RBAC, chart',
    whyNot: onlyLinux,
    prepare: async () => {
      await kubernetesBinaries({ controllers: true })
      await helm()
      await kstatus([])
      await metricsIn([])
    },
    run: () => vitest('lab'),
  },
  {
    name: 'cloud',
    about: 'the same on a real OpenStack',
    whyNot: whyNoOpenStack,
    prepare: () => installOpenStack(),
    run: () => vitest('cloud'),
  },
  {
    name: 'demo',
    about: 'the demo, as the README tells it',
    whyNot: onlyLinux,
    prepare: () => kubernetesBinaries(),
    run: () => command(process.execPath, ['hack/demo/main.ts', '--once']),
  },
]

/** A command that succeeds or fails as a whole. */
async function command(file: string, args: readonly string[]): Promise<GroupResult> {
  const code = await spawned(file, args)
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

/** A vitest project; its own report of numbers decides, and its exit code where there is none. */
async function vitest(project: string): Promise<GroupResult> {
  const report = join(mkdtempSync(join(tmpdir(), 'auxo-test-')), 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await spawned(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    ...reporters,
  ])
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    const failed = code === 0 ? numFailedTests : Math.max(1, numFailedTests)
    return { passed: numPassedTests, failed, skipped: numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function spawned(file: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

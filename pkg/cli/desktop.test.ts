import { expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { type Desktop, type DesktopResize, desktopResizes, desktops } from './kinds.ts'
import { type CommandLineOptions, commandLine } from './testing/command-line.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const cluster = new FakeCluster()
const { namespace } = cluster
const auxo = (argv: string[], options?: CommandLineOptions) => cluster.auxo(argv, options)

const get = (name: string) => cluster.client.get(desktops, { namespace, name }) as Promise<Desktop>

async function desktop(name: string, parts: Partial<Desktop> = {}): Promise<void> {
  const spec = { cloudRef: { name: 'vdi' }, source: { type: 'Template' as const, template: { name: 'office' } } }
  await cluster.client.create(desktops, { metadata: { namespace, name }, spec, ...parts })
}

test('list shows what runs and what it is on its way to', async () => {
  const conditions = [{ type: 'Ready', status: 'True' as const, reason: 'Available', message: 'It is as wanted.' }]
  const status = { conditions, powerState: 'Running' as const, cpus: 2, memory: '4Gi', address: '10.0.0.5', host: 'c1' }
  const times = { lastTransitionTime: '2026-01-01T00:00:00Z' }
  await desktop('pc-001', { status: { ...status, conditions: [{ ...conditions[0], ...times } as never] } })
  await desktop('pc-002')
  await cluster.client.patch(desktops, { namespace, name: 'pc-001' }, { spec: { powerState: 'Stopped' } })
  const { code, stdout } = await auxo(['desktop', 'list'])
  expect(code).toBe(0)
  expect(stdout.replace(/\d+s$/gm, '-').replace(/ +/g, ' ')).toBe(
    `NAME READY REASON POWER CPUS MEMORY ADDRESS HOST AGE
pc-001 True Available Running > Stopped 2 4Gi 10.0.0.5 c1 -
pc-002 Unknown NotSeen -
`,
  )
  expect((await auxo(['desktop', 'ls', '-o', 'name'])).stdout).toBe(
    'desktop.vdi.auxo.dev/pc-001\ndesktop.vdi.auxo.dev/pc-002\n',
  )
})

test('start and stop apply the power state and nothing else, with a manager of their own', async () => {
  await desktop('pc-001')
  const { spec } = await get('pc-001')
  expect(await auxo(['desktop', 'stop', 'pc-001', 'pc-404'])).toEqual({
    code: 3,
    stdout: 'desktop pc-001 is to be stopped\n',
    stderr: 'error: there is no desktop pc-404 in namespace desktops\n',
  })
  expect((await get('pc-001')).spec).toEqual({ ...spec, powerState: 'Stopped' })
  expect(await auxo(['desktop', 'start', 'pc-001'])).toMatchObject({ code: 0, stdout: 'desktop pc-001 is to run\n' })
  expect((await get('pc-001')).spec).toEqual({ ...spec, powerState: 'Running' })
  const writes = cluster.server.requests.filter(({ method }) => method === 'PATCH').map(({ query }) => query.toString())
  expect(new Set(writes)).toEqual(new Set(['force=false&fieldManager=kubectl-auxo']))
})

test('a desktop that is only observed is neither started nor stopped', async () => {
  const source = { type: 'Existing' as const, existing: { name: 'old' } }
  await desktop('found', { spec: { cloudRef: { name: 'vdi' }, source } })
  expect(await auxo(['desktop', 'stop', 'found'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^error: desktop found is Unmanaged: .*set spec.managementPolicy to Managed first\n$/,
    ),
  })
  expect((await get('found')).spec.powerState).toBeUndefined()
})

test('a field of another manager is left to it', async () => {
  await desktop('pc-001')
  cluster.server.fail({
    when: ({ method }) => method === 'PATCH',
    status: 409,
    body: { kind: 'Status', reason: 'Conflict', message: 'conflict with "flux": .spec.powerState', code: 409 },
  })
  expect(await auxo(['desktop', 'stop', 'pc-001'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/"flux".*; change it where it is set, or use --force\n$/),
  })
})

const resizesOf = async (): Promise<DesktopResize[]> => (await cluster.client.list(desktopResizes, { namespace })).items
const report = (name: string, status: object) => cluster.client.patch(desktopResizes, { namespace, name }, { status })

test('resize makes a DesktopResize of what was said, with a name that says it', async () => {
  await desktop('pc-001')
  const made = await auxo(['desktop', 'resize', 'pc-001', '--cpus', '4', '--memory', '8Gi', '--mode', 'Auto'])
  const [first] = await resizesOf()
  expect(first?.metadata.name).toMatch(/^pc-001-4c-8gi-[a-z0-9]{5}$/)
  expect(made).toEqual({ code: 0, stdout: `desktopresize ${first?.metadata.name} created\n`, stderr: '' })
  expect(first?.spec).toEqual({ desktopRef: { name: 'pc-001' }, cpus: 4, memory: '8Gi', mode: 'Auto' })
  const again = await auxo(['desktop', 'resize', 'pc-001', '--cpus', '4', '-o', 'json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ kind: 'DesktopResize', spec: { cpus: 4 } })
  expect(await auxo(['desktop', 'resize', 'pc-404', '--cpus', '4'])).toMatchObject({ code: 3 })
  expect(await resizesOf()).toHaveLength(2)
})

test('a long name leaves room for what is asked for', async () => {
  const name = `${'a'.repeat(45)}.${'b'.repeat(17)}`
  await desktop(name)
  await auxo(['desktop', 'resize', name, '--cpus', '4', '--memory', '8Gi'])
  await auxo(['desktop', 'resize', name])
  const names = (await resizesOf()).map(({ metadata }) => metadata.name)
  expect(new Set(names)).toEqual(
    new Set([
      expect.stringMatching(/^a{45}\.b{4}-4c-8gi-[a-z0-9]{5}$/),
      expect.stringMatching(/^a{44}-as-specified-[a-z0-9]{5}$/),
    ]),
  )
})

const STEPS = [
  { name: 'Lock', state: 'Done', finishTime: '2026-11-30T09:14:01Z' },
  { name: 'Hold', state: 'Done', finishTime: '2026-11-30T09:14:00Z' },
  { name: 'Resize', state: 'Intended', intentTime: '2026-11-30T09:14:05Z' },
  { name: 'Recover', state: 'Skipped' },
  { name: 'Unlock', state: 'Pending' },
]

/** Starts `resize --wait` and gives its resize once it is there. */
async function waiting(options: CommandLineOptions = {}, flags: string[] = []) {
  await desktop('pc-001')
  const argv = ['desktop', 'resize', 'pc-001', '--cpus', '4', '--wait', ...flags]
  const ended = auxo(argv, options)
  await eventually('the resize is there', async () => (await resizesOf()).length === 1)
  const name = (await resizesOf())[0]?.metadata.name ?? ''
  await report(name, { steps: STEPS, observedGeneration: 0 })
  return { ended, name }
}

const succeeded = (status: string, reason: string, message: string) => [
  { type: 'Succeeded', status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' },
]

test('--wait shows each step once, as it happens, until it has ended', async () => {
  const { ended, name } = await waiting()
  await eventually(
    'the steps were asked for',
    () => cluster.server.requests.filter((one) => one.path.endsWith(name)).length > 3,
  )
  const steps = STEPS.map((step) => (step.name === 'Resize' ? { ...step, state: 'Undone' } : step))
  await report(name, { outcome: 'Succeeded', steps, from: { size: '2 CPUs, 4Gi' }, to: { size: '4 CPUs, 4Gi' } })
  const { code, stdout, stderr } = await ended
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `desktopresize ${name} created\ndesktop pc-001: 2 CPUs, 4Gi → 4 CPUs, 4Gi\n`,
  })
  expect(stderr.replace(/ +/g, ' ').split('\n')).toEqual([
    '09:14:00Z Hold done',
    '09:14:01Z Lock done',
    '09:14:05Z Resize begun',
    '09:14:05Z Resize undone',
    '',
  ])
})

test('--wait ends with 1 and the reason where the desktop does not have the size', async () => {
  const { ended, name } = await waiting({}, ['-o', 'json'])
  await report(name, { outcome: 'Failed', conditions: succeeded('False', 'NoValidHost', 'No host has room.') })
  const { code, stdout, stderr } = await ended
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ status: { outcome: 'Failed' } })
  expect(stderr).toMatch(/\nerror: desktop pc-001 was not resized: Failed: NoValidHost: No host has room\.\n$/)
})

test('Ctrl-C ends the waiting, not the resize', async () => {
  const interruption = new AbortController()
  const { ended, name } = await waiting({ signal: interruption.signal })
  interruption.abort()
  expect(await ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining(`kubectl get desktopresize ${name} -w`),
  })
  expect(await resizesOf()).toHaveLength(1)
})

test('a terminal gets colours, nothing else does', async () => {
  const { ended, name } = await waiting({ isTTY: true })
  await report(name, { outcome: 'Unchanged' })
  const { stdout, stderr } = await ended
  expect(stderr).toContain('\x1b[32mdone\x1b[39m')
  expect(stdout).toContain('desktop pc-001: it has the size already\n')
})

test('names of desktops are completed', async () => {
  await desktop('pc-001')
  await desktop('pc-002')
  const complete = async (...words: string[]) =>
    (await commandLine(['__complete', '-n', namespace, ...words], { server: cluster.server.url })).stdout
      .split('\n')
      .slice(0, -1)
  expect(await complete('desktop', 'stop', 'pc-001', '')).toEqual(['pc-002', ':4'])
  expect(await complete('desktop', 'resize', '')).toEqual(['pc-001', 'pc-002', ':4'])
  expect(await complete('desktop', 'resize', 'pc-001', '')).toEqual([':4'])
  expect(await complete('quota', '')).toEqual([':4'])
})

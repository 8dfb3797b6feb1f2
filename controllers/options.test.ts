import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { operatorCommand } from './options.ts'

const main = join(import.meta.dirname, 'main.ts')
const start = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { ...process.env, ...env } })

describe('the operator’s options', () => {
  it('come from flags, with defaults', () => {
    const options = operatorCommand()
      .parse(['--watch-namespaces', 'a, b,', '--metrics-address', '[::1]:9090', '--shards', '3'], { from: 'user' })
      .opts()
    expect(options).toMatchObject({
      watchNamespaces: ['a', 'b'],
      metricsAddress: { host: '::1', port: 9090 },
      shards: 3,
      transfers: 8,
      uploadAddress: { host: '0.0.0.0', port: 8443 },
      allowAddresses: [],
    })
  })

  it.each([
    [['--shards', '0'], '--shards'],
    [['--metrics-address', 'nowhere'], '--metrics-address'],
    [['--upload-url', 'ftp://x'], '--upload-url'],
    [['--log-level', 'loud'], '--log-level'],
    [['--shard', '2'], '--shard'],
  ])('%j is refused, by name', (args, name) => {
    const said: string[] = []
    const command = operatorCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => said.push(text) })
    expect(() => command.parse(args, { from: 'user' })).toThrow()
    expect(said.join('')).toContain(name)
  })

  it.each([
    [[], { AUXO_SHARDS: 'many' }, 'AUXO_SHARDS'],
    [['--allow-addresses', '10.0.0.0/99'], { KUBECONFIG: '/nonexistent' }, ''],
  ])('%j %j is refused at start, by name', (args, env, name) => {
    const { status, stderr } = start(args, env)
    expect(status).not.toBe(0)
    expect(stderr).toContain(name)
  })

  it('a kubeconfig that is not there is named', () => {
    const { status, stderr } = start(['--kubeconfig', '/nonexistent/config'])
    expect(status).toBe(1)
    expect(stderr).toContain('/nonexistent/config')
  })
})

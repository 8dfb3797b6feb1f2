/**
 * First step of `npm run demo` and `npm test` on a fresh clone: installs the packages where that was not done (which
 * brings Node 24), then runs the given TypeScript file with that Node. Plain JavaScript: any Node can read it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'node_modules', '.auxo-lock')
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.log('installing packages (npm ci) …')
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, lock)
}

const packaged = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
const major = Number(process.versions.node.split('.')[0])
if (!existsSync(packaged) && major < 24) {
  console.error(`Node 24 is needed; this is ${process.version}, and there is no packaged one for ${process.platform}-${process.arch}`)
  process.exit(1)
}
const node = existsSync(packaged) ? packaged : process.execPath
const child = spawn(node, process.argv.slice(2), { cwd: root, stdio: 'inherit' })
// The child ends what it started, and we end with it. Ctrl-C reaches it twice, which does no harm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))

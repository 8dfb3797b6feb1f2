/** Imports go controllers → pkg → api; kinds do not import each other; nobody but tests and hack imports from outside. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')
const order = ['api', 'pkg', 'controllers']
const wrong: string[] = []

for (const file of globSync('{api,pkg,controllers}/**/*.ts', { cwd: root })) {
  if (/\.test\.ts$|\/testing\//.test(file)) continue
  const source = readFileSync(join(root, file), 'utf8')
  for (const [, kind = '', path = ''] of source.matchAll(/^\s*(?:import|export)( type)?[^'"]*?from '(\.[^']+)'/gm)) {
    const target = relative(root, join(root, dirname(file), path))
    const reason = refusal(file, target, kind !== '')
    if (reason !== undefined) wrong.push(`${file} imports ${target}: ${reason}`)
  }
}

function refusal(from: string, to: string, typeOnly: boolean): string | undefined {
  const [fromTop = '', fromKind = ''] = from.split('/')
  const [toTop = '', toKind = ''] = to.split('/')
  if (to === 'package.json') return undefined
  if (!order.includes(toTop)) return 'outside of api, pkg and controllers'
  if (order.indexOf(toTop) > order.indexOf(fromTop)) return 'imports go controllers → pkg → api'
  const inKind = (path: string) => path.startsWith('controllers/') && path.split('/').length > 2
  const betweenKinds = inKind(from) && inKind(to)
  if (betweenKinds && fromKind !== toKind) return 'kinds do not import each other'
  if (fromTop !== 'api' && toTop === 'api' && !typeOnly && !to.endsWith('/names.ts')) {
    return 'only names.ts of api is loaded at run time; use import type'
  }
  return undefined
}

for (const line of wrong) console.error(line)
process.exitCode = wrong.length === 0 ? 0 : 1

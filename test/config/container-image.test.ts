import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './manifests.ts'

// Containers cannot be built where these tests run. They prove what can go wrong with ours: something that the operator
// needs is not copied, or not among the production dependencies.

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '))

test('everything that is copied exists and is not ignored', () => {
  expect(copied.length).toBeGreaterThan(0)
  for (const file of copied) {
    expect(existsSync(join(root, file)), file).toBe(true)
    expect(ignored.split('\n')).toContain(`!${file}`)
  }
})

test('the operator imports nothing that is left out', () => {
  const reached = new Map<string, string[]>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    const specifiers = runtimeImports(file)
    reached.set(file, specifiers)
    for (const specifier of specifiers) if (specifier.startsWith('.')) visit(join(dirname(file), specifier))
  }
  for (const file of globSync('controllers/**/*.ts', { cwd: root })) if (!isTest(file)) visit(file)

  expect(reached.size).toBeGreaterThan(0)
  for (const [file, specifiers] of reached) {
    expect(copied, file).toContain(file.split('/')[0])
    expect(isTest(file), file).toBe(false)
    const packages = specifiers.filter((specifier) => !/^(\.|node:)/.test(specifier)).map(packageOf)
    for (const name of packages) expect(Object.keys(dependencies), `${name}, imported by ${file}`).toContain(name)
  }
})

test('the operator runs as somebody without rights', () => {
  expect(dockerfile).toMatch(/^USER 65532:65532$/m)
  expect(dockerfile).toMatch(/^ENTRYPOINT \["node", .*"controllers\/main\.ts"\]$/m)
})

/** As .dockerignore has it. */
function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.split('/').includes('testing')
}

/** What a file imports when it runs: types are gone by then. */
function runtimeImports(file: string): string[] {
  if (!file.endsWith('.ts')) return []
  const source = readFileSync(join(root, file), 'utf8')
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\s)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)
  const dynamic = source.matchAll(/\bimport\(['"]([^'"]+)['"]\)/g)
  return [...statements, ...dynamic].map(([, specifier = '']) => specifier)
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

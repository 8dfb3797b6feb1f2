import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')
const pages = globSync('**/*.md', { cwd: root, exclude: (name) => name === 'node_modules' || name === '.git' })
const read = (page: string) => readFileSync(join(root, page), 'utf8')
/** Code is no text: what looks like a link or a heading there is none. */
const textOf = (page: string) => read(page).replace(/^ *(```+)[\s\S]*?^ *\1/gm, '')

test('there are pages', () => {
  expect(pages).toContain('README.md')
})

describe.each(pages)('%s', (page) => {
  test('links lead to something that is there', () => {
    const dead = linksOf(page).filter((link) => !leadsSomewhere(page, link))
    expect(dead).toEqual([])
  })
})

test('the README names every npm script, and no other', () => {
  const named = [...read('README.md').matchAll(/npm (?:run ([a-z:]+)|(test))/g)]
  const names = new Set(named.map(([, name, test]) => name ?? test))
  expect(names).toEqual(new Set(Object.keys(manifest.scripts)))
})

/** Targets of links and images, but for addresses of other places. */
function linksOf(page: string): string[] {
  const text = textOf(page).replace(/(`+)[\s\S]*?\1/g, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|href)="([^"]+)"/g)]
  return targets.map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || (target.endsWith('.md') && anchorsOf(target).has(anchor))
}

/** Anchors of headings as the usual hosts make them. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of textOf(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = plain.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
    let free = anchor
    for (let again = 1; anchors.has(free); again++) free = `${anchor}-${again}`
    anchors.add(free)
  }
  return anchors
}

import { describe, expect, it } from 'vitest'
import { OpenStackError } from './errors.ts'
import { NewestFirstList, type Page, readPages } from './paged-list.ts'

/** A service with pages of two, which announces another one whenever a page is full. */
function service(ids: string[]) {
  const asked: (string | undefined)[] = []
  const page = async (marker: string | undefined): Promise<Page<string>> => {
    asked.push(marker)
    const from = marker === undefined ? 0 : ids.indexOf(marker) + 1
    if (marker !== undefined && from === 0) {
      throw new OpenStackError('no such marker', { class: 'Conflict', code: 'BadQuery' })
    }
    const items = ids.slice(from, from + 2)
    return { items, next: items.length === 2 ? items.at(-1) : undefined }
  }
  return { ids, asked, page }
}

describe('readPages', () => {
  it('reads until a page is not full', async () => {
    const { page, asked } = service(['e', 'd', 'c', 'b', 'a'])
    expect(await readPages(page)).toEqual(['e', 'd', 'c', 'b', 'a'])
    expect(asked).toEqual([undefined, 'd', 'b'])
  })

  it('begins anew when the item that marks the next page is gone', async () => {
    const { page, asked, ids } = service(['d', 'c', 'b', 'a'])
    let pages = 0
    const racing = async (marker: string | undefined) => {
      const answer = await page(marker)
      if (++pages === 1) ids.splice(ids.indexOf('c'), 1)
      return answer
    }
    expect(await readPages(racing)).toEqual(['d', 'b', 'a'])
    expect(asked).toEqual([undefined, 'c', undefined, 'b'])
  })

  it('gives up when it never ends, and at once on anything else', async () => {
    const gone = new OpenStackError('gone', { class: 'Conflict', code: 'BadQuery' })
    let asked = 0
    const fail = (error: Error) => async () => {
      asked++
      throw error
    }
    await expect(readPages(fail(gone))).rejects.toBe(gone)
    expect(asked).toBe(3)
    const down = new OpenStackError('down', { class: 'Unavailable', code: 'ServerError' })
    await expect(readPages(fail(down))).rejects.toBe(down)
    expect(asked).toBe(4)
  })
})

describe('NewestFirstList', () => {
  async function reread(change: (ids: string[]) => void) {
    const { page, asked, ids } = service(['d', 'c', 'b', 'a'])
    const list = new NewestFirstList<string>((id) => id)
    const known = await list.read(page, [])
    asked.length = 0
    change(ids)
    return { items: await list.read(page, known), requests: asked.length }
  }

  it('asks for no page that would be empty', async () => {
    expect(await reread(() => {})).toEqual({ items: ['d', 'c', 'b', 'a'], requests: 2 })
  })

  it.each<[string, (ids: string[]) => void, string[]]>([
    ['a new one', (ids) => ids.unshift('e'), ['e', 'd', 'c', 'b', 'a']],
    ['one that went', (ids) => ids.splice(1, 1), ['d', 'b', 'a']],
    ['the oldest that went', (ids) => ids.pop(), ['d', 'c', 'b']],
    ['one for another', (ids) => ids.splice(0, 2, 'e', 'd'), ['e', 'd', 'b', 'a']],
  ])('sees %s', async (_, change, items) => {
    expect((await reread(change)).items).toEqual(items)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { imageBench, type ShownImage, UNKNOWN_ID } from './image-bench.ts'
import { messageOf, type Target } from './target.ts'

/** Every list is narrowed to the images of this run by a property. */
const RUN = `r${crypto.randomUUID().replaceAll('-', '')}`

/** Lists: pages, filters, order. */
export function glanceListContract(target: () => Target): void {
  describe('Glance: lists', () => {
    const bench = imageBench(target)
    const ids: string[] = []
    const list = (query: string, user: 'demo' | 'admin' | 'reader' = 'demo') =>
      bench().client(user).get(`/v2/images?run=${RUN}${query}`)
    const names = async (query: string) => (await list(query)).json.images.map((image: ShownImage) => image.name).join()

    beforeAll(async () => {
      for (let at = 0; at < 5; at++) {
        const tags = at % 2 ? ['odd', 'all'] : ['even', 'all']
        ids.push(await bench().makeRaw({ name: `N${at}`, run: RUN, min_disk: at, tags }))
        await target().elapse(1050)
      }
    })

    it('shows the newest first, without a next link on a short page', async () => {
      const { json } = await list('')
      expect(json).toMatchObject({ first: `/v2/images?run=${RUN}`, schema: '/v2/schemas/images' })
      expect(json.images.map((image: ShownImage) => image.id)).toEqual(ids.toReversed())
      expect(json).not.toHaveProperty('next')
    })

    it('links to the next page whenever a page is full, also at the end', async () => {
      const first = await list('&limit=2')
      expect(first.json.next).toBe(`/v2/images?run=${RUN}&limit=2&marker=${ids[3]}`)
      const exact = await list('&limit=5')
      expect(exact.json.next).toBe(`/v2/images?run=${RUN}&limit=5&marker=${ids[0]}`)
      const behind = await list(`&limit=5&marker=${ids[0]}`)
      expect(behind.json.images).toEqual([])
      expect(behind.json).not.toHaveProperty('next')
      expect((await list('&limit=0')).json).not.toHaveProperty('next')
    })

    it('walks through pages', async () => {
      const seen: string[] = []
      let path = `/v2/images?run=${RUN}&limit=2`
      while (path) {
        const { json } = await bench().client().get(path)
        seen.push(...json.images.map((image: ShownImage) => image.id))
        path = json.next
      }
      expect(seen).toEqual(ids.toReversed())
    })

    it.each([
      ['&limit=-1', 'limit param must be positive'],
      ['&limit=x', 'limit param must be an integer'],
      [`&marker=${UNKNOWN_ID}`, `No image found with ID ${UNKNOWN_ID}`],
      ['&sort_key=min_disk', 'Invalid sort key: min_disk.'],
      ['&sort_dir=up', 'Invalid sort direction: up'],
      ['&sort=name:asc&sort_key=name', 'Old and new sorting syntax cannot be combined'],
      ['&sort_key=name&sort_dir=asc&sort_dir=desc', 'Number of sort dirs does not match the number of sort keys'],
      ['&visibility=frob', 'Invalid visibility value: frob'],
      ['&protected=x', "Invalid value 'x' for 'protected' filter."],
      ['&os_hidden=x', "Invalid value 'x' for 'os_hidden' filter."],
      ['&member_status=x', 'Invalid status: x'],
      ['&name=neq:N1', "Unable to filter by unknown operator 'neq'."],
      ['&size_max=x', 'Unable to filter on a range with a non-numeric value.'],
      ['&changes-since=2020-01-01', 'The "changes-since" filter is no longer available on v2.'],
      ['&updated_at=frob:2020-01-01T00:00:00Z', 'Unable to filter on a unknown operator.'],
      ['&updated_at=gte:x', 'Bad "updated_at" query filter format. Use ISO 8601 DateTime notation.'],
    ])('answers 400 to %s', async (query, message) => {
      const answer = await list(query)
      expect(answer.status).toBe(400)
      expect(messageOf(answer)).toContain(message)
    })

    it.each([
      ['&name=N1', 'N1'],
      ['&name=n1', 'N1'],
      ['&name=%C3%B11', 'N1'],
      ['&name=N1%20', 'N1'],
      ['&name=in:N1,N2', 'N2,N1'],
      ['&name=in:"N1","N2"', 'N2,N1'],
      ['&name=', ''],
      ['&tag=odd', 'N3,N1'],
      ['&tag=odd&tag=all', 'N3,N1'],
      ['&tag=odd&tag=even', ''],
      ['&tags=odd', ''],
      ['&status=queued&tag=odd', 'N3,N1'],
      ['&status=in:queued,active&tag=odd', 'N3,N1'],
      ['&status=active', ''],
      ['&min_disk=3', 'N3'],
      ['&disk_format=in:raw,qcow2&tag=odd', 'N3,N1'],
      ['&visibility=shared&tag=odd', 'N3,N1'],
      ['&visibility=private', ''],
      ['&visibility=all&tag=odd', 'N3,N1'],
      ['&protected=false&tag=odd', 'N3,N1'],
      ['&protected=true', ''],
      ['&nosuch=x', ''],
      ['&sort=name:asc', 'N0,N1,N2,N3,N4'],
      ['&sort_key=name&sort_dir=asc&limit=2', 'N0,N1'],
      ['&sort_key=disk_format&sort_key=name&sort_dir=asc&sort_dir=desc', 'N4,N3,N2,N1,N0'],
      ['&limit=5000&sort_dir=asc', 'N0,N1,N2,N3,N4'],
    ])('%s finds %s', async (query, expected) => {
      expect(await names(query)).toBe(expected)
    })

    it('filters by id and owner', async () => {
      expect(await names(`&id=${ids[0]}`)).toBe('N0')
      expect(await names(`&id=${ids[0]?.toUpperCase()}`)).toBe('N0')
      expect(await names(`&id=in:${ids[0]},${ids[1]},${UNKNOWN_ID}`)).toBe('N1,N0')
      expect(await names('&id=in:')).toBe('')
      expect(await names(`&tag=odd&owner=${bench().sessions.demo.projectId}`)).toBe('N3,N1')
      expect(await names(`&owner=${bench().sessions.admin.projectId}`)).toBe('')
    })

    it('filters by time at whole seconds; the last of several times counts', async () => {
      const { updated_at: time } = await bench().show(ids[2] ?? '')
      const at = (operator: string, text = time) => names(`&updated_at=${operator}${encodeURIComponent(text)}`)
      expect(await at('gte:')).toBe('N4,N3,N2')
      expect(await at('gt:')).toBe('N4,N3')
      expect(await at('lte:')).toBe('N2,N1,N0')
      expect(await at('lt:')).toBe('N1,N0')
      expect(await at('eq:')).toBe('N2')
      expect(await at('')).toBe('N2')
      expect(await at('neq:')).toBe('N4,N3,N1,N0')
      expect(await at('gte:', time.replace('Z', ''))).toBe('N4,N3,N2')
      expect(await at('gte:', time.replace('Z', '.500Z'))).toBe('N4,N3')
      expect(await at('gte:', time.replace('Z', '+01:00'))).toBe('N4,N3,N2,N1,N0')
      expect(await names(`&updated_at=gte:${time}&updated_at=lt:${time}`)).toBe('N1,N0')
    })

    it('leaves hidden images out unless asked for, whatever else is asked for', async () => {
      const id = await bench().make({ name: 'hidden', hidden_run: RUN, os_hidden: true })
      const find = async (query: string) => (await bench().client().get(`/v2/images?${query}`)).json.images.length
      expect(await find(`hidden_run=${RUN}`)).toBe(0)
      expect(await find(`id=${id}`)).toBe(0)
      expect(await find(`hidden_run=${RUN}&os_hidden=true`)).toBe(1)
      expect(await find(`hidden_run=${RUN}&os_hidden=True`)).toBe(1)
      expect((await bench().show(id)).os_hidden).toBe(true)
    })

    it('has pages of 25 unless told otherwise', async () => {
      const run = `${RUN}-pages`
      await Promise.all(Array.from({ length: 26 }, () => bench().make({ page_run: run })))
      const { json } = await bench().client().get(`/v2/images?page_run=${run}`)
      expect(json.images).toHaveLength(25)
      const all = (await bench().client().get(`/v2/images?page_run=${run}&limit=30`)).json.images
      const order = (image: ShownImage) => image.created_at + image.id
      expect(all.map(order)).toEqual(all.map(order).sort().reverse())
    })

    it('repeats the query in its links, with the last of repeated names', async () => {
      const { json } = await list('&limit=1&tag=all&tag=odd&sort_key=name&sort_key=id')
      expect(json.next).toBe(`/v2/images?run=${RUN}&limit=1&tag=odd&sort_key=id&marker=${ids[3]}`)
      const quoted = await bench()
        .client()
        .get(`/v2/images?limit=2&name=${encodeURIComponent('a b&c"ü')}`)
      expect(quoted.json.first).toBe('/v2/images?limit=2&name=a+b%26c%22%C3%BC')
    })

    it("shows readers the project's images, administrators everyone's", async () => {
      expect((await list('', 'reader')).json.images).toHaveLength(5)
      expect((await list('', 'admin')).json.images).toHaveLength(5)
    })
  })
}

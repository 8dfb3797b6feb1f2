import { describe, expect, it } from 'vitest'
import { imageBench, UNKNOWN_ID } from './image-bench.ts'
import { Client, messageOf, type Target } from './target.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
const properties = (count: number) => Object.fromEntries(many(count).map((name) => [name, 'v']))

/** Creating, showing and deleting images; versions and information. */
export function glanceImagesContract(target: () => Target): void {
  describe('Glance: images', () => {
    const bench = imageBench(target)

    it('tells its versions', async () => {
      const { endpoint } = bench().client()
      for (const [path, status] of [
        ['/', 300],
        ['/versions', 200],
        ['/v3/images', 300],
      ] as const) {
        const answer = await new Client(endpoint).get(path)
        expect(answer.status).toBe(status)
        const current = answer.json.versions.filter((one: { status: string }) => one.status === 'CURRENT')
        expect(current).toMatchObject([{ id: 'v2.17' }])
      }
    })

    it('answers 401 without a token, or with a bad one', async () => {
      const { endpoint } = bench().client()
      for (const token of [undefined, 'bad']) {
        const answer = await new Client(endpoint, token).get('/v2/images')
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Keystone uri="http/)
      }
    })

    it('creates an image from nothing', async () => {
      const { status, headers, json } = await bench().post({})
      expect(status).toBe(201)
      expect(headers.get('location')).toMatch(new RegExp(`^http://[^/]+/v2/images/${json.id}$`))
      expect(headers.get('openstack-image-import-methods')).toContain('web-download')
      expect(headers.get('openstack-image-store-ids')).toContain('fast')
      expect(json).toEqual({
        ...{ id: json.id, name: null, disk_format: null, container_format: null, visibility: 'shared', size: null },
        ...{ virtual_size: null, status: 'queued', checksum: null, protected: false, min_ram: 0, min_disk: 0 },
        ...{ owner: bench().sessions.demo.projectId, os_hidden: false, os_hash_algo: null, os_hash_value: null },
        ...{ created_at: json.created_at, updated_at: json.created_at, tags: [], self: `/v2/images/${json.id}` },
        ...{ file: `/v2/images/${json.id}/file`, schema: '/v2/schemas/image' },
      })
      expect(json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(await bench().show(json.id)).toEqual(json)
    })

    it('keeps every field and property', async () => {
      const fields = {
        ...{
          name: `y\n"q' ü${'z'.repeat(248)}`,
          disk_format: 'qcow2',
          container_format: 'bare',
          visibility: 'private',
        },
        ...{ protected: true, os_hidden: true, min_ram: 2 ** 31 - 1, min_disk: 3, os_type: 'linux', 'a b/c~': '' },
        ...{ hidden: '1', Name: 'ü' },
      }
      const { status, json } = await bench().post({ ...fields, tags: ['a', 'b', 'a'] })
      expect(status).toBe(201)
      expect(json).toMatchObject(fields)
      expect(json.tags.sort()).toEqual(['a', 'b'])
    })

    it.each<[string, object, string]>([
      ['an id that is none', { id: 'nope' }, "does not match schema 'image'"],
      ['an unknown disk format', { disk_format: 'frob' }, "'frob' is not one of"],
      ['a name of 256 characters', { name: 'x'.repeat(256) }, 'is too long'],
      ['a name that is a number', { name: 5 }, "5 is not of type 'null', 'string'"],
      ['an emoji in a name', { name: '😀' }, "Name can't contain 4 byte unicode characters."],
      ['an emoji in a property', { foo: '😀' }, "Foo can't contain 4 byte unicode characters."],
      ['an emoji in a tag', { tags: ['😀'] }, "Param values can't contain 4 byte unicode."],
      ['a property that is a number', { foo: 5 }, "5 is not of type 'string'"],
      ['a property that is null', { foo: null }, "None is not of type 'string'"],
      ['an unknown visibility', { visibility: 'frob' }, "'frob' is not one of"],
      ['a negative size', { min_disk: -1 }, "Invalid value '-1' for parameter 'min_disk': Cannot be a negative value"],
      ['a size as text', { min_disk: '5' }, "'5' is not of type 'integer'"],
      ['a size beyond 31 bits', { min_ram: 2 ** 31 }, "'min_ram' value out of range, must not exceed 2147483647."],
      ['a boolean as text', { protected: 'yes' }, "'yes' is not of type 'boolean'"],
      ['tags that are no list', { tags: 'a' }, "'a' is not of type 'array'"],
      ['a tag of 256 characters', { tags: ['x'.repeat(256)] }, 'is too long'],
      [
        'a key of 256 characters',
        { ['k'.repeat(256)]: 'v' },
        'Custom property should not be greater than 255 characters.',
      ],
    ])('answers 400 to %s', async (_what, fields, message) => {
      const answer = await bench().post(fields)
      expect(answer.status).toBe(400)
      expect(messageOf(answer)).toContain(message)
    })

    it.each<[object, string]>([
      [{ os_glance_x: '1' }, "Attribute 'os_glance_x' is reserved."],
      [{ location: 'x' }, "Attribute 'location' is reserved."],
      [{ locations: [] }, "Attribute 'locations' is reserved."],
      [{ deleted: 'x' }, "Attribute 'deleted' is reserved."],
      [{ stores: 'x' }, "Attribute 'stores' is read-only."],
      [{ self: 'x' }, "Attribute 'self' is read-only."],
      [{ status: 'active' }, "Attribute 'status' is read-only."],
      [{ size: 5 }, "Attribute 'size' is read-only."],
      [{ checksum: 'x' }, "Attribute 'checksum' is read-only."],
      [{ created_at: 'x' }, "Attribute 'created_at' is read-only."],
      [{ owner: 'x' }, "You are not permitted to create images owned by 'x'"],
      [{ visibility: 'public' }, 'You are not authorized to complete publicize_image action.'],
    ])('answers 403 to %j', async (fields, message) => {
      const answer = await bench().post(fields)
      expect(answer.status).toBe(403)
      expect(messageOf(answer)).toContain(message)
    })

    it('lets administrators publish, and readers only read', async () => {
      expect((await bench().post({ visibility: 'public' }, 'admin')).status).toBe(201)
      const refused = await bench().post({}, 'reader')
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'You are not authorized to complete add_image action.',
      ])
    })

    it('takes 128 tags and properties, not 129', async () => {
      expect((await bench().post({ tags: many(128) })).status).toBe(201)
      expect((await bench().post(properties(128))).status).toBe(201)
      for (const [fields, what] of [
        [{ tags: many(129) }, 'tags'],
        [properties(129), 'properties'],
      ] as const) {
        const answer = await bench().post(fields)
        expect([answer.status, messageOf(answer)]).toEqual([
          413,
          `The limit has been exceeded on the number of allowed image ${what}. Attempted: 129, Maximum: 128`,
        ])
      }
    })

    it('takes values of 65,535 bytes, and fails on more', async () => {
      expect((await bench().post({ v: 'x'.repeat(65_535) })).status).toBe(201)
      expect((await bench().post({ v: 'é'.repeat(32_767) })).status).toBe(201)
      expect((await bench().post({ v: 'x'.repeat(65_536) })).status).toBe(500)
      expect((await bench().post({ v: 'é'.repeat(32_768) })).status).toBe(500)
    })

    it('answers 400 to a body that is no JSON, or none', async () => {
      const send = (body?: string) =>
        bench()
          .client()
          .request('POST', '/v2/images', { headers: { 'content-type': 'application/json' }, ...(body && { body }) })
      expect(messageOf(await send('{nope'))).toBe('Malformed JSON in request body.')
      expect(messageOf(await send())).toBe('Body expected in request.')
    })

    it('lets the client choose the id, once and for ever', async () => {
      const id = crypto.randomUUID()
      const answers = await Promise.all([1, 2, 3].map(() => bench().post({ id })))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
      const again = await bench().post({ id: id.toUpperCase() })
      expect([again.status, messageOf(again)]).toEqual([409, `Image ID ${id.toUpperCase()} already exists!`])
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
      expect((await bench().post({ id })).status).toBe(409)
      expect((await bench().post({ id }, 'admin')).status).toBe(409)
      expect((await bench().client().get(`/v2/images/${id}`)).status).toBe(404)
    })

    it('finds an id without regard to case', async () => {
      const id = await bench().make()
      expect((await bench().show(id.toUpperCase())).id).toBe(id)
    })

    it('answers 404 to what is not there', async () => {
      const client = bench().client()
      const shown = await client.get(`/v2/images/${UNKNOWN_ID}`)
      expect([shown.status, messageOf(shown)]).toEqual([404, `No image found with ID ${UNKNOWN_ID}`])
      const deleted = await client.delete(`/v2/images/${UNKNOWN_ID}`)
      expect([deleted.status, messageOf(deleted)]).toEqual([404, `Failed to find image ${UNKNOWN_ID} to delete`])
      expect((await client.get('/v2/nope')).status).toBe(404)
      expect((await client.get('/v2/images/')).status).toBe(404)
      const head = await client.request('HEAD', `/v2/images/${UNKNOWN_ID}`)
      expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET, PATCH, DELETE'])
    })

    it('deletes for members, not for readers, and never what is protected', async () => {
      const id = await bench().make({ protected: true })
      const path = `/v2/images/${id}`
      const refused = await bench().client('reader').delete(path)
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'You are not authorized to complete delete_image action.',
      ])
      for (const user of ['demo', 'admin'] as const) {
        const kept = await bench().client(user).delete(path)
        expect([kept.status, messageOf(kept)]).toEqual([403, `Image ${id} is protected and cannot be deleted.`])
      }
      await bench().patch(id, [{ op: 'replace', path: '/protected', value: false }])
      expect((await bench().client().delete(path)).status).toBe(204)
      expect((await bench().client().delete(path)).status).toBe(404)
    })

    it('answers errors as JSON, HTML or text, as the client accepts', async () => {
      const type = async (accept: string) =>
        (await bench().client().get(`/v2/images/${UNKNOWN_ID}`, { headers: { accept } })).headers.get('content-type')
      expect(await type('application/json')).toMatch(/^application\/json/)
      expect(await type('*/*')).toMatch(/^text\/html/)
      expect(await type('application/xml')).toMatch(/^text\/plain/)
    })

    it('takes any request id of the client for its own', async () => {
      const get = async (id: string) =>
        (
          await bench()
            .client()
            .get('/v2/images?limit=1', { headers: { 'x-openstack-request-id': id } })
        ).headers.get('x-openstack-request-id')
      const own = `req-${crypto.randomUUID()}`
      expect(await get(own)).toBe(own)
      expect(await get('mine')).toBe('req-mine')
    })

    it('tells import methods, stores and usage', async () => {
      const info = async (what: string) => (await bench().client().get(`/v2/info/${what}`)).json
      expect((await info('import'))['import-methods'].value).toEqual([
        ...['glance-direct', 'web-download', 'copy-image', 'glance-download'],
      ])
      expect((await info('stores')).stores).toMatchObject([{ id: 'fast', default: 'true' }, { id: 'slow' }])
      expect(await info('usage')).toEqual({ usage: {} })
    })
  })
}

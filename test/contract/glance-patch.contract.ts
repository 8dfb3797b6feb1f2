import { describe, expect, it } from 'vitest'
import { imageBench, UNKNOWN_ID } from './image-bench.ts'
import { messageOf, type Target } from './target.ts'

const add = (path: string, value: unknown) => ({ op: 'add', path, value })
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value })
const remove = (path: string) => ({ op: 'remove', path })

/** Changing images by JSON patch, and tags. */
export function glancePatchContract(target: () => Target): void {
  describe('Glance: changes', () => {
    const bench = imageBench(target)

    it('adds, replaces and removes properties', async () => {
      const id = await bench().make({ foo: 'bar' })
      for (const [change, foo, x] of [
        [add('/x', '1'), 'bar', '1'],
        [add('/x', '2'), 'bar', '2'],
        [replace('/x', '3'), 'bar', '3'],
        [remove('/foo'), undefined, '3'],
        [add('/stores', 'a plain property here'), undefined, '3'],
        [add('/hidden', 'a plain property'), undefined, '3'],
      ] as const) {
        const { status, json } = await bench().patch(id, [change])
        expect(status).toBe(200)
        expect([json.foo, json.x]).toEqual([foo, x])
      }
      const escaped = await bench().patch(id, [add('/a~1b~0c', 'v'), add('/ sp ', 'v')])
      expect(escaped.json).toMatchObject({ 'a/b~c': 'v', sp: 'v' })
      expect(await bench().show(id)).toEqual(escaped.json)
    })

    it('changes fields of a queued image', async () => {
      const id = await bench().make()
      const { status, json } = await bench().patch(id, [
        ...[replace('/name', 'new'), replace('/min_disk', 5), replace('/min_ram', 6), replace('/os_hidden', true)],
        ...[replace('/visibility', 'private'), replace('/disk_format', 'raw'), add('/container_format', 'bare')],
        replace('/tags', ['a', 'b', 'a']),
      ])
      expect(status).toBe(200)
      expect(json).toMatchObject({ name: 'new', min_disk: 5, min_ram: 6, os_hidden: true, visibility: 'private' })
      expect(json).toMatchObject({ disk_format: 'raw', container_format: 'bare' })
      expect(json.tags.sort()).toEqual(['a', 'b'])
      expect((await bench().patch(id, [replace('/name', null)])).json.name).toBeNull()
    })

    const refused: [object, number, string][] = [
      [replace('/nope', 'x'), 409, 'Property nope does not exist.'],
      [remove('/nope'), 409, 'Property nope does not exist.'],
      [remove('/name'), 403, 'Property name may not be removed.'],
      [remove('/tags'), 403, 'Property tags may not be removed.'],
      [remove('/status'), 403, "Attribute 'status' is read-only."],
      [replace('/status', 'active'), 403, "Attribute 'status' is read-only."],
      [replace('/id', 'x'), 403, "Attribute 'id' is read-only."],
      [add('/size', 5), 403, "Attribute 'size' is read-only."],
      [add('/os_hash_value', 'x'), 403, "Attribute 'os_hash_value' is read-only."],
      [add('/location', 'x'), 403, "Attribute 'location' is reserved."],
      [add('/os_glance_x', 'x'), 403, "Attribute 'os_glance_x' is reserved."],
      [replace('/locations', []), 403, 'Cannot set locations to empty list.'],
      [replace('/owner', 'x'), 403, "Owner can't be updated by non admin."],
      [replace('/visibility', 'public'), 403, 'You are not authorized to complete publicize_image action.'],
      [replace('/visibility', 'frob'), 400, "'frob' is not one of"],
      [replace('/min_disk', -5), 400, 'Cannot be a negative value'],
      [replace('/min_disk', '5'), 400, "'5' is not of type 'integer'"],
      [replace('/min_disk', null), 400, "None is not of type 'integer'"],
      [replace('/min_ram', 2 ** 31), 400, 'value out of range, must not exceed 2147483647.'],
      [replace('/name', 'x'.repeat(256)), 400, 'is too long'],
      [replace('/name', '😀'), 400, "Name can't contain 4 byte unicode characters."],
      [replace('/tags', 'a'), 400, "'a' is not of type 'array'"],
      [
        replace(
          '/tags',
          Array.from({ length: 129 }, (_, at) => `t${at}`),
        ),
        413,
        'Attempted: 129, Maximum: 128',
      ],
      [add('/tags/-', 'a'), 400, "Invalid JSON pointer for this resource: '/tags/-'"],
      [add('/n', 5), 400, "5 is not of type 'string'"],
      [add('/v', 'x'.repeat(65_536)), 500, ''],
      [add('/a/b', 'x'), 400, "Invalid JSON pointer for this resource: '/a/b'"],
      [add('/a~2', 'x'), 400, 'not part of a recognized escape sequence.'],
      [add('a', 'x'), 400, 'Pointer `a` does not start with "/".'],
      [add('/a/', 'x'), 400, 'Pointer `/a/` end with "/".'],
      [{ op: 'add', path: '/a' }, 400, 'Operation "add" requires a member named "value".'],
      [{ path: '/a' }, 400, 'Unable to find `op` in JSON Schema change.'],
      [{ op: 'add', value: 'x' }, 400, "Unable to find 'path' in JSON Schema change"],
      [{ op: 'test', path: '/a', value: 'x' }, 400, 'Invalid operation: `test`.'],
      [{ op: 'move', path: '/a', from: '/b' }, 400, 'Invalid operation: `move`.'],
    ]
    it.each(
      refused.map(([change, status, message]) => ({
        title: JSON.stringify(change).slice(0, 60),
        change,
        status,
        message,
      })),
    )('answers $title with $status', async ({ change, status, message }) => {
      const id = await bench().make({ foo: 'bar' })
      const answer = await bench().patch(id, [change])
      expect(answer.status).toBe(status)
      expect(messageOf(answer)).toContain(message)
    })

    it('changes all or nothing', async () => {
      const id = await bench().make()
      const answer = await bench().patch(id, [add('/good', '1'), remove('/nope')])
      expect(answer.status).toBe(409)
      expect(await bench().show(id)).not.toHaveProperty('good')
    })

    it('takes 128 properties, and swaps one of them', async () => {
      const id = await bench().make()
      const all = Array.from({ length: 128 }, (_, at) => add(`/p${at}`, 'v'))
      expect((await bench().patch(id, all)).status).toBe(200)
      expect((await bench().patch(id, [add('/one-more', 'v')])).status).toBe(413)
      expect((await bench().patch(id, [remove('/p0'), add('/one-more', 'v')])).status).toBe(200)
    })

    it('wants its own content type and a list of objects', async () => {
      const id = await bench().make()
      const path = `/v2/images/${id}`
      const json = await bench().client().request('PATCH', path, { json: [] })
      expect(json.status).toBe(415)
      expect(json.headers.get('accept-patch')).toContain('application/openstack-images-v2.1-json-patch')
      const old = { 'content-type': 'application/openstack-images-v2.0-json-patch' }
      const body = '[{"replace": "/name", "value": "old style"}]'
      expect((await bench().client().request('PATCH', path, { headers: old, body })).json.name).toBe('old style')
      for (const [text, message] of [
        ['{}', 'Request body must be a JSON array of operation objects.'],
        ['[5]', 'Operations must be JSON objects.'],
        ['{x', 'Malformed JSON in request body.'],
        ['', 'Body expected in request.'],
      ] as const) {
        const answer = await bench().patch(id, text)
        expect([answer.status, messageOf(answer)]).toEqual([400, message])
      }
    })

    it('refuses formats once the image has data, even the same ones', async () => {
      const id = await bench().makeActive()
      for (const key of ['disk_format', 'container_format']) {
        const answer = await bench().patch(id, [replace(`/${key}`, key === 'disk_format' ? 'raw' : 'bare')])
        expect([answer.status, messageOf(answer)]).toEqual([
          403,
          `Attribute ${key} can be only replaced for a queued image.`,
        ])
      }
    })

    it('sets updated_at with every change, at whole seconds, but not with an empty one', async () => {
      const id = await bench().make({ name: 'same' })
      const { updated_at } = await bench().show(id)
      await target().elapse(1100)
      expect((await bench().patch(id, [])).json.updated_at).toBe(updated_at)
      const same = await bench().patch(id, [replace('/name', 'same')])
      expect(same.json.updated_at > updated_at).toBe(true)
      await target().elapse(1100)
      await bench().client().put(`/v2/images/${id}/tags/new`, {})
      expect((await bench().show(id)).updated_at > same.json.updated_at).toBe(true)
    })

    it('is closed to readers and to what is not there', async () => {
      const id = await bench().make()
      const refused = await bench().patch(id, [replace('/name', 'x')], 'reader')
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'You are not authorized to complete modify_image action.',
      ])
      expect((await bench().patch(UNKNOWN_ID, [])).status).toBe(404)
    })

    it('sets and removes single tags', async () => {
      const id = await bench().make()
      const tag = (method: string, name: string) => bench().client().request(method, `/v2/images/${id}/tags/${name}`)
      expect((await tag('PUT', 'gold')).status).toBe(204)
      expect((await tag('PUT', 'gold')).status).toBe(204)
      expect((await bench().show(id)).tags).toEqual(['gold'])
      expect((await tag('DELETE', 'gold')).status).toBe(204)
      expect((await tag('DELETE', 'gold')).status).toBe(404)
      expect((await tag('PUT', 'x'.repeat(256))).status).toBe(400)
    })
  })
}

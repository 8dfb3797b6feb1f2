import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { imageBench, type ShownImage, UNKNOWN_ID } from './image-bench.ts'
import { messageOf, type Target } from './target.ts'

/** What the cloud downloads from: `/ok`, `/slow`, `/cut`, `/redirect`, `/astray`, and any status as a path. */
function webServer(): Server {
  return createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/ok') response.end('hello world')
    else if (path === '/redirect') response.writeHead(302, { location: '/ok' }).end()
    else if (path === '/astray') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    else if (path === '/slow' || path === '/cut') {
      response.writeHead(200, { 'content-length': 2000 }).write('x'.repeat(1000))
      if (path === '/cut') setTimeout(() => response.destroy(), 200)
      else setTimeout(() => response.end('x'.repeat(1000)), 1500)
    } else response.writeHead(Number(path.slice(1)) || 404).end('no')
  })
}

/** Interoperable import: Glance fetches or takes data, and works on it in a task. */
export function glanceImportContract(target: () => Target): void {
  describe('Glance: import', () => {
    const bench = imageBench(target)
    const web = webServer()
    let base = ''
    beforeAll(async () => {
      await new Promise<void>((resolve) => web.listen(target().downloadPort, '127.0.0.1', resolve))
      base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
    })
    afterAll(() => {
      web.close()
      web.closeAllConnections()
    })
    const download = (path: string) => ({ method: { name: 'web-download', uri: `${base}/${path}` } })
    const DIRECT = { method: { name: 'glance-direct' } }
    const until = (id: string, what: string, test: (image: ShownImage) => boolean) =>
      eventually(
        what,
        async () => {
          const image = await bench().show(id)
          return test(image) ? image : undefined
        },
        { timeoutMs: 15_000 },
      )
    /** The task's lock is gone: everything about the import is over. */
    const over = (id: string) => until(id, 'the import is over', (image) => !('os_glance_import_task' in image))
    const tasks = async (id: string) => (await bench().client().get(`/v2/images/${id}/tasks`)).json.tasks
    const stage = (id: string, body: string, user: 'demo' | 'reader' = 'demo') =>
      bench()
        .client(user)
        .put(`/v2/images/${id}/stage`, { body, headers: { 'content-type': 'application/octet-stream' } })

    it.each(['ok', 'redirect'])('web-download of /%s makes the image active', async (path) => {
      const id = await bench().makeRaw()
      expect(await tasks(id)).toEqual([])
      expect((await bench().import(id, download(path))).status).toBe(202)
      expect(await bench().show(id)).toHaveProperty('os_glance_import_task')
      const image = await over(id)
      expect(image).toMatchObject({
        status: 'active',
        size: 11,
        virtual_size: 11,
        os_hash_algo: 'sha512',
        stores: 'fast',
      })
      expect(image).toMatchObject({ os_glance_importing_to_stores: '', os_glance_failed_import: '' })
      expect(await tasks(id)).toMatchObject([
        {
          ...{ type: 'api_image_import', status: 'success', image_id: id, result: { image_id: id } },
          ...{ input: { image_id: id, import_req: download(path), backend: ['fast'] }, deleted: false },
        },
      ])
      const again = await bench().import(id, download('ok'))
      expect([again.status, messageOf(again)]).toEqual([409, 'Image with status active cannot be target for import'])
    })

    it.each(['404', '500', 'cut', 'astray'])('web-download of /%s puts it back to queued', async (path) => {
      const id = await bench().makeRaw()
      expect((await bench().import(id, download(path))).status).toBe(202)
      const image = await over(id)
      expect(image).toMatchObject({ status: 'queued', size: null, checksum: null, os_glance_failed_import: 'fast' })
      expect(await tasks(id)).toMatchObject([
        { status: 'failure', message: 'Task failed due to Internal Error', result: null },
      ])
      expect((await bench().import(id, download('ok'))).status).toBe(202)
      expect(await over(id)).toMatchObject({ status: 'active', os_glance_failed_import: '' })
      expect(await tasks(id)).toHaveLength(2)
    })

    it('an image whose download failed takes an upload', async () => {
      const id = await bench().makeRaw()
      await bench().import(id, download('404'))
      await over(id)
      expect((await bench().upload(id, 'x')).status).toBe(204)
    })

    it('web-download of another format puts it back to queued', async () => {
      const id = await bench().makeRaw({ disk_format: 'qcow2' })
      await bench().import(id, download('ok'))
      expect(await over(id)).toMatchObject({ status: 'queued', os_glance_failed_import: 'fast' })
    })

    it('is alone with the image while it runs', async () => {
      const id = await bench().makeRaw()
      await bench().import(id, download('slow'))
      await until(id, 'it imports', (image) => image.status === 'importing')
      const second = await bench().import(id, download('ok'))
      expect([second.status, messageOf(second)]).toEqual([
        409,
        "Image needs to be in 'queued' state to use 'web-download' method",
      ])
      expect((await bench().upload(id, 'x')).status).toBe(409)
      expect((await bench().patch(id, [{ op: 'add', path: '/k', value: 'v' }])).status).toBe(200)
      expect(await over(id)).toMatchObject({ status: 'active', size: 2000, k: 'v' })
    })

    it('ends with the image', async () => {
      const id = await bench().makeRaw()
      await bench().import(id, download('slow'))
      await until(id, 'it imports', (image) => image.status === 'importing')
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
      expect((await bench().client().get(`/v2/images/${id}/tasks`)).status).toBe(404)
    })

    it('reaches several stores', async () => {
      const id = await bench().makeRaw()
      expect((await bench().import(id, { ...download('ok'), all_stores: true })).status).toBe(202)
      expect(await over(id)).toMatchObject({ status: 'active', stores: 'fast,slow' })
      const one = await bench().client().delete(`/v2/stores/slow/${id}`)
      expect(one.status).toBe(403)
      expect((await bench().client('admin').delete(`/v2/stores/slow/${id}`)).status).toBe(204)
      expect((await bench().client('admin').delete(`/v2/stores/fast/${id}`)).status).toBe(403)
    })

    it('copy-image is for administrators', async () => {
      const id = await bench().makeActive()
      const copy = { method: { name: 'copy-image' }, stores: ['slow'] }
      const refused = await bench().import(id, copy)
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'You are not authorized to complete copy_image action.',
      ])
      expect((await bench().import(id, copy, 'admin')).status).toBe(202)
      await over(id)
      expect((await bench().show(id)).stores).toBe('fast,slow')
      const queued = await bench().makeRaw()
      expect((await bench().import(queued, copy, 'admin')).status).toBe(409)
    })

    it('glance-direct takes what was staged', async () => {
      const id = await bench().makeRaw()
      expect((await bench().import(id, DIRECT)).status).toBe(409)
      expect((await stage(id, 'staged!', 'reader')).status).toBe(403)
      expect((await stage(id, 'staged!')).status).toBe(204)
      expect(await bench().show(id)).toMatchObject({ status: 'uploading', size: 7, checksum: null })
      expect((await stage(id, 'again')).status).toBe(409)
      expect((await bench().upload(id, 'x')).status).toBe(409)
      expect((await bench().import(id, download('ok'))).status).toBe(409)
      expect((await bench().import(id, DIRECT)).status).toBe(202)
      expect(await over(id)).toMatchObject({ status: 'active', size: 7 })
    })

    it('glance-direct of another format leaves the image importing for good', async () => {
      const id = await bench().makeRaw({ disk_format: 'qcow2' })
      await stage(id, 'staged!')
      await bench().import(id, DIRECT)
      expect(await over(id)).toMatchObject({ status: 'importing', os_glance_failed_import: 'fast' })
      expect(await tasks(id)).toMatchObject([{ status: 'failure' }])
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
    })

    it('a staged image can be deleted', async () => {
      const id = await bench().make()
      expect((await stage(id, 'staged!')).status).toBe(204)
      const early = await bench().import(id, DIRECT)
      expect([early.status, messageOf(early)]).toEqual([409, "'container_format' needs to be set before import"])
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
    })

    it.each<[object, number, string]>([
      [{}, 400, "Import request requires a 'method' field."],
      [{ method: {} }, 400, "Import request requires a 'name' field."],
      [{ method: { name: 'frob' } }, 400, "Unknown import method name 'frob'."],
      [{ method: { name: 'web-download' } }, 400, 'URI for web-download does not pass filtering: None'],
      [{ method: { name: 'web-download', uri: 'ftp://127.0.0.1/x' } }, 400, 'does not pass filtering'],
      [{ method: { name: 'web-download', uri: 'http://169.254.169.254/' } }, 400, 'does not pass filtering'],
      [{ method: { name: 'web-download', uri: 'x' }, stores: ['nope'] }, 409, 'Store for identifier nope not found'],
      [{ method: { name: 'web-download', uri: 'x' }, all_stores: 'x' }, 400, "'all_stores' must be boolean value only"],
      [{ method: { name: 'glance-download' } }, 400, "'glance_region' needs to be set"],
    ])('answers %j with %i', async (body, status, message) => {
      const answer = await bench().import(await bench().makeRaw(), body)
      expect(answer.status).toBe(status)
      expect(messageOf(answer)).toContain(message)
    })

    it('wants an image, formats and a member', async () => {
      expect((await bench().import(UNKNOWN_ID, download('ok'))).status).toBe(404)
      expect((await bench().import(await bench().make(), download('ok'))).status).toBe(409)
      const refused = await bench().import(await bench().makeRaw(), download('ok'), 'reader')
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'You are not authorized to complete modify_image action.',
      ])
    })
  })
}

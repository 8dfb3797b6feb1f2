import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type ImageBench, imageBench, UNKNOWN_ID } from './image-bench.ts'
import { messageOf, type Target } from './target.ts'

const MEBIBYTE = 1024 * 1024
const digest = (algorithm: string, data: string) => createHash(algorithm).update(data).digest('hex')

/** An upload in the caller's hands: chunks are written one by one, the end may never come. */
class SlowUpload {
  readonly answer: Promise<number | undefined>
  readonly #request: ReturnType<typeof httpRequest>

  constructor(bench: ImageBench, id: string, headers: Record<string, string> = {}) {
    const { endpoint, headers: own } = bench.client()
    const all = { ...own, 'content-type': 'application/octet-stream', ...headers }
    this.#request = httpRequest(`${endpoint}/v2/images/${id}/file`, { method: 'PUT', headers: all })
    this.answer = new Promise((resolve) => {
      this.#request.on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      this.#request.on('error', () => resolve(undefined))
    })
  }

  write(data: Uint8Array): void {
    this.#request.write(data)
  }

  end(): void {
    this.#request.end()
  }

  cut(): void {
    this.#request.destroy()
  }
}

/** A qcow2 header of version 2, with nothing behind it. */
function qcow2(virtualSize: number, backingFile = false): Uint8Array<ArrayBuffer> {
  const file = Buffer.alloc(196_616)
  file.write('QFI\xfb', 'latin1')
  file.writeUInt32BE(3, 4)
  if (backingFile) {
    file.writeBigUInt64BE(512n, 8)
    file.writeUInt32BE(11, 16)
    file.write('/etc/passwd', 512)
  }
  file.writeUInt32BE(16, 20)
  file.writeBigUInt64BE(BigInt(virtualSize), 24)
  file.writeUInt32BE(1, 36)
  file.writeBigUInt64BE(196_608n, 40)
  file.writeBigUInt64BE(65_536n, 48)
  file.writeUInt32BE(1, 56)
  file.writeUInt32BE(4, 96)
  file.writeUInt32BE(112, 100)
  return Uint8Array.from(file)
}

function iso(): Uint8Array<ArrayBuffer> {
  const file = Buffer.alloc(65_536)
  file[32_768] = 1
  file.write('CD001', 32_769)
  return Uint8Array.from(file)
}

/** The data of images: uploads, what breaks them, downloads, deactivation. */
export function glanceDataContract(target: () => Target): void {
  describe('Glance: data', () => {
    const bench = imageBench(target)
    const status = async (id: string) => (await bench().show(id)).status
    const becomes = (id: string, wanted: string) =>
      eventually(`the image is ${wanted}`, async () => (await status(id)) === wanted, { timeoutMs: 10_000 })

    it('takes data once, and hashes it', async () => {
      const data = 'x'.repeat(1000)
      const id = await bench().makeRaw()
      expect((await bench().upload(id, data)).status).toBe(204)
      expect(await bench().show(id)).toMatchObject({
        ...{ status: 'active', size: 1000, virtual_size: 1000, checksum: digest('md5', data), stores: 'fast' },
        ...{ os_hash_algo: 'sha512', os_hash_value: digest('sha512', data) },
      })
      const again = await bench().upload(id, 'y')
      expect([again.status, messageOf(again)]).toEqual([
        409,
        'Image status transition from active to saving is not allowed',
      ])
    })

    it('takes chunked data, and none at all', async () => {
      const id = await bench().makeRaw()
      const upload = new SlowUpload(bench(), id)
      upload.write(new Uint8Array(MEBIBYTE))
      upload.write(new Uint8Array(5))
      upload.end()
      expect(await upload.answer).toBe(204)
      expect(await bench().show(id)).toMatchObject({ status: 'active', size: MEBIBYTE + 5 })
      const empty = await bench().makeActive('')
      expect(await bench().show(empty)).toMatchObject({ status: 'active', size: 0, virtual_size: null })
    })

    it('wants formats, the right content type, and a member', async () => {
      const bare = await bench().make()
      const refused = await bench().upload(bare, 'x')
      expect([refused.status, messageOf(refused)]).toEqual([
        400,
        'Properties disk_format, container_format must be set prior to saving data.',
      ])
      expect(await status(bare)).toBe('queued')
      const id = await bench().makeRaw()
      expect((await bench().upload(id, 'x', { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
      expect((await bench().upload(id, 'x', { user: 'reader' })).status).toBe(403)
      expect((await bench().upload(UNKNOWN_ID, 'x')).status).toBe(404)
      expect(await status(id)).toBe('queued')
    })

    it('goes back to queued when the client goes away, and takes a new upload from the start', async () => {
      for (const headers of [{ 'content-length': String(2 * MEBIBYTE) }, {}]) {
        const id = await bench().makeRaw()
        const upload = new SlowUpload(bench(), id, headers)
        upload.write(new Uint8Array(MEBIBYTE))
        await becomes(id, 'saving')
        upload.cut()
        await becomes(id, 'queued')
        expect(await bench().show(id)).toMatchObject({ size: null, checksum: null, os_hash_value: null })
        expect((await bench().upload(id, 'hello')).status).toBe(204)
        expect(await bench().show(id)).toMatchObject({ status: 'active', size: 5, checksum: digest('md5', 'hello') })
      }
    })

    it('refuses a second upload meanwhile', async () => {
      const id = await bench().makeRaw()
      const upload = new SlowUpload(bench(), id)
      upload.write(new Uint8Array(10))
      await becomes(id, 'saving')
      const second = await bench().upload(id, 'z')
      expect([second.status, messageOf(second)]).toEqual([
        409,
        'Image status transition from saving to saving is not allowed',
      ])
      upload.end()
      expect(await upload.answer).toBe(204)
      expect(await bench().show(id)).toMatchObject({ status: 'active', size: 10 })
    })

    it('takes changes meanwhile, and loses them all when the upload ends, well or not', async () => {
      for (const ending of ['end', 'cut'] as const) {
        const id = await bench().makeRaw({ name: 'old', tags: ['old'], kept: '1' })
        const upload = new SlowUpload(bench(), id)
        upload.write(new Uint8Array(10))
        await becomes(id, 'saving')
        const changes = [
          { op: 'replace', path: '/name', value: 'new' },
          { op: 'replace', path: '/tags', value: ['new'] },
          { op: 'replace', path: '/protected', value: true },
          { op: 'replace', path: '/visibility', value: 'private' },
          { op: 'add', path: '/added', value: '1' },
          { op: 'remove', path: '/kept' },
        ]
        const { status: code, json } = await bench().patch(id, changes)
        expect(code).toBe(200)
        expect(json).toMatchObject({ name: 'new', status: 'saving', added: '1', protected: true })
        upload[ending]()
        await upload.answer
        await becomes(id, ending === 'end' ? 'active' : 'queued')
        const image = await bench().show(id)
        expect(image).toMatchObject({ name: 'old', tags: ['old'], protected: false, visibility: 'shared', kept: '1' })
        expect(image).not.toHaveProperty('added')
      }
    })

    it('lets one of several uploads win that start together', async () => {
      const id = await bench().makeRaw()
      const answers = await Promise.all(
        [1, 2, 3].map((fill) => bench().upload(id, new Uint8Array(MEBIBYTE).fill(fill))),
      )
      const statuses = answers.map((answer) => answer.status)
      expect(statuses.filter((one) => one === 204)).toHaveLength(1)
      // The losers are told of the state, or too late that "the image may have been deleted".
      expect(statuses.every((one) => [204, 409, 410].includes(one))).toBe(true)
      expect(await bench().show(id)).toMatchObject({ status: 'active', size: MEBIBYTE })
    })

    it('answers 410 when the image was deleted meanwhile', async () => {
      const id = await bench().makeRaw()
      const upload = new SlowUpload(bench(), id)
      upload.write(new Uint8Array(10))
      await becomes(id, 'saving')
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
      upload.end()
      expect(await upload.answer).toBe(410)
    })

    it('holds the client to the size that it announced', async () => {
      for (const [announced, message] of [
        ['10', 'Size mismatch: expected 10 bytes, got 5 bytes'],
        ['3', 'Size exceeds: expected 3 bytes, got 5 bytes'],
        ['abc', 'Invalid or missing image size in request headers.'],
      ] as const) {
        const id = await bench().makeRaw()
        const answer = await bench().upload(id, 'hello', { headers: { 'x-openstack-image-size': announced } })
        expect([answer.status, messageOf(answer)]).toEqual([400, message])
        expect(await status(id)).toBe('queued')
      }
    })

    it('stores where it is told', async () => {
      const id = await bench().makeRaw()
      expect((await bench().upload(id, 'x', { headers: { 'x-image-meta-store': 'nope' } })).status).toBe(400)
      expect((await bench().upload(id, 'x', { headers: { 'x-image-meta-store': 'slow' } })).status).toBe(204)
      expect((await bench().show(id)).stores).toBe('slow')
    })

    it('checks what is in a file against its format', async () => {
      const make = (disk_format: string) => bench().makeRaw({ disk_format })
      const good = await make('qcow2')
      expect((await bench().upload(good, qcow2(10 * MEBIBYTE))).status).toBe(204)
      expect(await bench().show(good)).toMatchObject({ status: 'active', virtual_size: 10 * MEBIBYTE })
      const raw = await make('raw')
      expect((await bench().upload(raw, qcow2(10 * MEBIBYTE))).status).toBe(204)
      const disc = await make('iso')
      expect((await bench().upload(disc, iso())).status).toBe(204)
      expect(await bench().show(disc)).toMatchObject({ status: 'active', virtual_size: null })
      for (const [format, data, message] of [
        ['qcow2', 'not a qcow2', 'Image disk_format qcow2 does not match stream data raw'],
        ['iso', 'not an iso', 'Image disk_format iso does not match stream data raw'],
        ['vhd', 'not a vhd', 'Image disk_format vhd does not match stream data raw'],
        ['qcow2', qcow2(10 * MEBIBYTE, true), 'Image failed safety checks'],
      ] as const) {
        const answer = await bench().upload(await make(format), data)
        expect(answer.status).toBe(415)
        expect(messageOf(answer)).toContain(message)
      }
    })

    it('leaves an image that was refused for its format unusable for good', async () => {
      const id = await bench().makeRaw({ disk_format: 'qcow2' })
      expect((await bench().upload(id, 'not a qcow2')).status).toBe(415)
      const refused = { status: 'queued', size: null, checksum: digest('md5', 'not a qcow2'), stores: 'fast' }
      expect(await bench().show(id)).toMatchObject(refused)
      expect((await bench().patch(id, [{ op: 'replace', path: '/disk_format', value: 'raw' }])).status).toBe(200)
      expect((await bench().upload(id, 'not a qcow2')).status).toBe(500)
      expect(await bench().show(id)).toMatchObject(refused)
      expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(204)
    })

    it('gives the data back, whole or in part', async () => {
      const id = await bench().makeRaw()
      const file = `/v2/images/${id}/file`
      const client = bench().client()
      expect((await client.get(file)).status).toBe(204)
      await bench().upload(id, '0123456789')
      const whole = await client.get(file)
      expect([whole.status, whole.text]).toEqual([200, '0123456789'])
      expect(whole.headers.get('content-md5')).toBe(digest('md5', '0123456789'))
      const part = await client.get(file, { headers: { range: 'bytes=2-4' } })
      expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10'])
      expect((await client.get(file, { headers: { range: 'bytes=20-30' } })).status).toBe(416)
      expect((await bench().client('reader').get(file)).status).toBe(403)
      const deleted = await client.delete(file)
      expect([deleted.status, deleted.headers.get('allow')]).toEqual([405, 'GET, PUT'])
      await client.delete(`/v2/images/${id}`)
      expect((await client.get(file)).status).toBe(404)
    })

    it('deactivates and reactivates', async () => {
      const id = await bench().makeActive()
      const act = (action: string, user: 'demo' | 'reader' = 'demo') =>
        bench().client(user).request('POST', `/v2/images/${id}/actions/${action}`)
      expect((await act('deactivate', 'reader')).status).toBe(403)
      for (let twice = 0; twice < 2; twice++) expect((await act('deactivate')).status).toBe(204)
      const image = await bench().show(id)
      expect(image.status).toBe('deactivated')
      expect(image).not.toHaveProperty('stores')
      const refused = await bench().client().get(`/v2/images/${id}/file`)
      expect([refused.status, messageOf(refused)]).toEqual([
        403,
        'The requested image has been deactivated. Image data download is forbidden.',
      ])
      expect((await bench().client('admin').get(`/v2/images/${id}/file`)).status).toBe(200)
      expect((await bench().upload(id, 'x')).status).toBe(409)
      for (let twice = 0; twice < 2; twice++) expect((await act('reactivate')).status).toBe(204)
      expect(await status(id)).toBe('active')
      const queued = await bench().makeRaw()
      const early = await bench().client().request('POST', `/v2/images/${queued}/actions/deactivate`)
      expect([early.status, messageOf(early)]).toEqual([403, "Not allowed to deactivate image in status 'queued'"])
    })
  })
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './testing/certificate.ts'
import { UploadServer } from './upload-server.ts'

const gateway = {
  async handle(_: IncomingMessage, response: ServerResponse): Promise<void> {
    response.end('hello')
  },
}
let directory = ''
let tls = { certFile: '', keyFile: '' }
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tls-'))
  tls = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') }
  await writeFile(tls.certFile, TEST_CERTIFICATE)
  await writeFile(tls.keyFile, TEST_KEY)
})
afterEach(() => rm(directory, { recursive: true }))

test.each(['0.0.0.0', '::', '10.0.0.5', 'example.com'])('off loopback (%s) there is no plain HTTP', async (host) => {
  await expect(UploadServer.listen({ gateway, host, port: 0 })).rejects.toMatchObject({
    class: 'InvalidSpec',
    code: 'TLSRequired',
  })
})

test.each(['127.0.0.1', 'localhost'])('on loopback (%s) there is', async (host) => {
  const server = await UploadServer.listen({ gateway, host, port: 0 })
  expect(await (await fetch(server.url)).text()).toBe('hello')
  await server.close()
})

test('files that cannot be read are named', async () => {
  const missing = { ...tls, keyFile: join(directory, 'no.key') }
  await expect(UploadServer.listen({ gateway, host: '127.0.0.1', port: 0, tls: missing })).rejects.toThrow(/no\.key/)
})

test('serves TLS, keeps its certificate when the new one is broken, and takes a good one', async () => {
  const errors: Error[] = []
  const server = await UploadServer.listen({
    gateway,
    host: '0.0.0.0',
    port: 0,
    tls,
    reloadMs: 20,
    onError: (error) => errors.push(error),
  })
  const get = async () => {
    const agent = new Agent({ connect: { ca: TEST_CERTIFICATE } })
    const { body } = await request(`https://localhost:${new URL(server.url).port}/`, { dispatcher: agent })
    const text = await body.text()
    await agent.destroy()
    return text
  }
  expect(await get()).toBe('hello')
  await writeFile(tls.certFile, 'nonsense')
  await eventually('the complaint', () => errors.length > 0)
  expect(await get()).toBe('hello')
  await writeFile(tls.certFile, `${TEST_CERTIFICATE}\n`)
  const { length } = errors
  await eventually('the new one', () => errors.length === length || undefined)
  expect(await get()).toBe('hello')
  await server.close()
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../../test/support/eventually.ts'
import { Spool } from '../spool.ts'
import { makeTicket } from '../ticket.ts'
import type { TransferJob, TransferState } from '../transfer.ts'
import { Transfers } from '../transfers.ts'
import type { Owner, UploadDirectory, UploadTarget } from '../upload-directory.ts'
import { UploadForwarder } from '../upload-forwarder.ts'
import { UploadGateway } from '../upload-gateway.ts'
import { UploadServer } from '../upload-server.ts'
import { Uploads } from '../uploads.ts'
import { MemorySink } from './fakes.ts'

export const { ticket, annotation } = makeTicket({ now: Date.now(), lifetimeSeconds: 600 })

export interface ReplicaOptions {
  spool?: boolean
  /** What the object's spec promises. */
  size?: number
  /** Of the spool; a temporary one otherwise. */
  directory?: string
}

/** One replica of the operator, as far as uploads go: gateway, sessions and transfers, and one object `desktops/w11`. */
export async function replica({ spool = false, size, directory }: ReplicaOptions = {}) {
  const place = directory ?? (await mkdtemp(join(tmpdir(), 'spool-')))
  const uploads = new Uploads({
    readerTimeoutMs: 2_000,
    ...(spool ? { spool: await Spool.open({ directory: place, reserveBytes: 0 }) } : {}),
  })
  const session = await uploads.open({ uid: 'uid-1', key: 'desktops/w11', size })
  const world = {
    /** What the cache says of the object, and what the API server says. */
    target: { ticket: annotation, size, session } as UploadTarget | undefined,
    fresh: undefined as UploadTarget | undefined,
    place: 'local' as ReturnType<Owner['locate']>,
    errors: [] as Error[],
    /** One entry for each look at the object: whether it was a fresh one. */
    finds: [] as boolean[],
  }
  const objects: UploadDirectory = {
    async find(namespace, name, { fresh }) {
      world.finds.push(fresh)
      if (namespace !== 'desktops' || name !== 'w11') return undefined
      return fresh ? (world.fresh ?? world.target) : world.target
    },
  }
  const forwarder = new UploadForwarder()
  const gateway = new UploadGateway({
    directory: objects,
    owner: { locate: () => world.place },
    forwarder,
    maxBytes: 1_000_000_000,
    onError: (error) => world.errors.push(error),
  })
  const server = await UploadServer.listen({ gateway, host: '127.0.0.1', port: 0 })
  const transfers = new Transfers({ pauseMs: () => 10 })
  const sink = new MemorySink()
  const stop = new AbortController()
  async function close(): Promise<void> {
    if (stop.signal.aborted) return
    stop.abort()
    await transfers.stop('w11')
    await server.close()
    await forwarder.close()
    await uploads.close('uid-1')
    if (directory === undefined) await rm(place, { recursive: true })
  }
  return {
    url: `${server.url}/uploads/desktops/w11`,
    base: server.url,
    session,
    sink,
    place,
    world,
    close,
    /** Starts the transfer, as the controller does. */
    start: (job: Partial<TransferJob> = {}) =>
      transfers.start('w11', { source: session, sink, signal: stop.signal, ...job }),
    settled: () =>
      eventually('the end of the transfer', (): TransferState | undefined => {
        const state = transfers.get('w11')
        return state?.state === 'Succeeded' || state?.state === 'Failed' ? state : undefined
      }),
  }
}

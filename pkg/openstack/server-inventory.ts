import { Inventory, type InventoryOptions } from './inventory.ts'
import { type Lister, wholeSecond } from './lister.ts'
import { isDeletedServer, type NovaServer } from './nova-server.ts'
import { NewestFirstList, type Page, readPages } from './paged-list.ts'
import { readServerMark } from './server-metadata.ts'
import type { ServerPageOptions, ServerService } from './server-service.ts'

/**
 * The project's servers, with indexes `mark` (see `readServerMark`), `name`, `tag` and `flavor` (its name: the embedded
 * flavor has no id). SOFT_DELETED counts as gone. Tags and security groups are as old as the last full list, since
 * their changes do not bump `updated`.
 */
export function createServerInventory(
  servers: ServerService,
  options: Omit<InventoryOptions<NovaServer>, 'indexes'> = {},
): Inventory<NovaServer> {
  const indexes = {
    mark: readServerMark,
    name: (server: NovaServer) => server.name,
    tag: (server: NovaServer) => server.tags,
    flavor: (server: NovaServer) => server.flavor.original_name,
  }
  return new Inventory(new ServerLister(servers), { ...options, indexes })
}

/** Milliseconds by which the clock of the API's host may be ahead of those that write `updated`. */
const hostsDifferMs = 60_000

class ServerLister implements Lister<NovaServer> {
  readonly #servers: ServerService
  readonly #list = new NewestFirstList<NovaServer>(({ id }) => id)
  #answeredAt: number | undefined

  constructor(servers: ServerService) {
    this.#servers = servers
  }

  idOf(server: NovaServer): string {
    return server.id
  }

  updatedAt(server: NovaServer): number {
    return Date.parse(server.updated)
  }

  clock(): number | undefined {
    return this.#answeredAt === undefined ? undefined : this.#answeredAt - hostsDifferMs
  }

  isGone(server: NovaServer): boolean {
    return isDeletedServer(server)
  }

  everything(known: ReadonlyMap<string, NovaServer>, signal: AbortSignal): Promise<NovaServer[]> {
    return this.#list.read(this.#reader({ signal }), known.values())
  }

  changes(since: number, signal: AbortSignal): Promise<NovaServer[]> {
    return readPages(this.#reader({ changesSince: wholeSecond(since), signal }))
  }

  async get(id: string, signal: AbortSignal): Promise<NovaServer | undefined> {
    const server = await this.#servers.get(id, { signal })
    return server === undefined || isDeletedServer(server) ? undefined : server
  }

  #reader(options: ServerPageOptions) {
    return async (marker: string | undefined): Promise<Page<NovaServer>> => {
      const { servers, next, answeredAt } = await this.#servers.page({ ...options, marker })
      this.#answeredAt = answeredAt
      return { items: servers, next }
    }
  }
}

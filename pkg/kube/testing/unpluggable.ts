import type { Connection, Prepared } from '../connection.ts'

/** A connection whose cable can be pulled: every new request fails as if there were no network. */
export class Unpluggable implements Connection {
  readonly #connection: Connection
  plugged = true

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get server(): URL {
    return this.#connection.server
  }

  get namespace(): string | undefined {
    return this.#connection.namespace
  }

  async prepare(): Promise<Prepared> {
    if (!this.plugged) throw Object.assign(new Error('unplugged'), { code: 'ENETUNREACH' })
    return await this.#connection.prepare()
  }

  renew(refused: Prepared): Promise<boolean> {
    return this.#connection.renew(refused)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

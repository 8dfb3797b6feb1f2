import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that loses connections: each is cut after `cutAfter` bytes from the server, or stalls there. */
export class TcpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0
  /** Bytes that the nth connection passes, in `direction`, before its fault; undefined: no fault. */
  cutAfter: (connection: number) => number | undefined = () => undefined
  fault: 'cut' | 'stall' = 'cut'
  direction: 'down' | 'up' = 'down'

  constructor(targetPort: () => number) {
    this.#server = createServer((client) => {
      const server = connect(targetPort(), '127.0.0.1')
      const limit = this.cutAfter(this.connections++)
      for (const [from, to, faulty] of [
        [client, server, this.direction === 'up'],
        [server, client, this.direction === 'down'],
      ] as const) {
        this.#sockets.add(from)
        this.#pump(from, to, faulty ? limit : undefined)
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
      }
    })
  }

  #pump(from: Socket, to: Socket, limit: number | undefined): void {
    let left = limit ?? Number.POSITIVE_INFINITY
    from.on('error', () => {})
    from.on('end', () => to.end())
    from.on('data', (data: Buffer) => {
      const passed = data.subarray(0, left)
      left -= passed.length
      if (!to.write(passed)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
      if (left > 0) return
      from.pause()
      if (this.fault === 'cut') to.end(() => from.destroy())
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts what is connected now. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

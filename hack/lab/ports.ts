import { createServer, type Server } from 'node:net'
import { LabError } from './lab-error.ts'

/**
 * Free TCP ports on 127.0.0.1 for processes that must be told theirs. They come from below the kernel's ephemeral
 * range, so that nobody's `port: 0` or outgoing connection takes them between the choice and the use.
 */
const FIRST = 20_000
const LAST = 32_000

/** Reservations of this process: abstract Unix sockets, which the kernel lets go of when the process ends. */
const held: Server[] = []

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push((await freePortRange(1))[0] as number)
  return ports
}

/** `count` consecutive free ports. */
export async function freePortRange(count: number): Promise<number[]> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count))
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if (await takeAll(ports)) return ports
  }
  throw new LabError(`no ${count} free ports between ${FIRST} and ${LAST}`, 'NoFreePorts')
}

async function takeAll(ports: readonly number[]): Promise<boolean> {
  const reservations: Server[] = []
  for (const port of ports) {
    const reservation = (await isFree(port)) ? await listen({ path: `\0auxo-lab-port-${port}` }) : undefined
    if (!reservation) {
      for (const other of reservations) other.close()
      return false
    }
    reservations.push(reservation)
  }
  held.push(...reservations)
  return true
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: '127.0.0.1' })
  if (!server) return false
  await new Promise((resolve) => server.close(resolve))
  return true
}

/** A listening server that does not keep the process alive, or undefined where the address is taken. */
function listen(address: { path: string } | { port: number; host: string }): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    )
    server.listen(address, () => resolve(server.unref()))
  })
}

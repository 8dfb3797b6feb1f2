import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** Milliseconds that a connection gets to hand over what the other side said before it stopped listening. */
const lingerMs = 250

/**
 * A server may answer (401, 409, 413) and close while we still send. Our next write then fails, and Node destroys the
 * socket at once, with the answer unread in it. Here a failed write only starts a short wait; the answer or the end of
 * the stream, which come through the reading side, usually end it.
 */
export function withLingeringErrors(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...outcome) => {
      if (outcome[1] !== null) lingerOnWriteErrors(outcome[1])
      callback(...outcome)
    })
  }
}

function lingerOnWriteErrors(socket: Socket): void {
  const destroy = socket.destroy.bind(socket)
  let waiting = false
  socket.destroy = (error?: Error & { syscall?: string }) => {
    if (error?.syscall !== 'write' || socket.destroyed || socket.readableEnded) return destroy(error)
    if (waiting) return socket
    waiting = true
    const timer = setTimeout(() => destroy(error), lingerMs)
    socket.once('close', () => clearTimeout(timer))
    return socket
  }
}

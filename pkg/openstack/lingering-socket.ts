import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** Milliseconds that a connection gets to hand over what the other side said before it stopped listening. */
const lingerMs = 250

/**
 * A server may answer (401, 409, 413) and close while we still send. Our next write then fails, and Node gives up the
 * connection at once, with the answer unread in it. Here a failed write stays "under way" a little longer; the answer,
 * or the end of the stream, which come through the reading side, usually end the wait.
 */
export function withLingeringWrites(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...outcome) => {
      if (outcome[1]) delayWriteErrors(outcome[1])
      callback(...outcome)
    })
  }
}

type Done = (error?: Error | null) => void

/** The socket's own two ways to write, as Node's streams define them for implementors. */
function delayWriteErrors(socket: Socket): void {
  const delayed = (done: Done): Done => {
    return (error) => {
      if (!error || socket.destroyed || socket.readableEnded) return done(error)
      const timer = setTimeout(done, lingerMs, error)
      socket.once('close', () => clearTimeout(timer))
    }
  }
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  socket._write = (chunk, encoding, done) => write(chunk, encoding, delayed(done))
  if (writev) socket._writev = (chunks, done) => writev(chunks, delayed(done))
}

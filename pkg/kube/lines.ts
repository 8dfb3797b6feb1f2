/**
 * Cuts a stream of bytes into lines of text. A chunk may end anywhere, in the middle of a character too: the newline
 * byte never occurs inside a UTF-8 character, so cutting the bytes first is safe. What follows the last newline is
 * dropped: a watch that is cut ends in half a line.
 */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      if (rest.length === 0) {
        yield chunk.toString('utf8', start, end)
      } else {
        rest.push(chunk.subarray(start, end))
        yield Buffer.concat(rest).toString('utf8')
        rest = []
      }
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
  }
}

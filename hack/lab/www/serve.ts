import { faultFromQuery } from './fault.ts'
import { startWww } from './www.ts'

// Usage: serve.ts PORT. The web server of `lab up www`: /bytes/SIZE is that many bytes, always the same ones, and the
// query says what goes wrong, in the words of fault.ts: /bytes/1000000?cutAfter=5000

const www = await startWww({
  port: Number(process.argv[2] ?? 0),
  fallback: (url) => {
    const size = /^\/bytes\/(\d{1,15})$/.exec(url.pathname)?.[1]
    if (size === undefined) return undefined
    return { content: { size: Number(size), seed: 0 }, fault: faultFromQuery(url.searchParams) }
  },
})
console.log(www.url)

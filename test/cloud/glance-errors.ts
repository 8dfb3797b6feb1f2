import { type Call, type HttpError, REASONS, type Reply } from './http.ts'

export const HTML_TYPE = { 'content-type': 'text/html; charset=UTF-8' }

/** HTML where the client takes it, else JSON, else text: a client without an Accept header gets text. */
export function errorReply(call: Call, error: HttpError): Reply {
  const reason = REASONS[error.status] ?? 'Error'
  const title = `${error.status} ${reason}`
  const accept = call.headers.accept ?? ''
  const { detail = '' } = error
  if (/text\/html|\*\/\*|text\/\*/.test(accept)) {
    const text = `${escapeHtml(error.message)}<br /><br />\n${escapeHtml(detail)}\n\n`
    const body = `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${text}\n </body>\n</html>`
    return { status: error.status, headers: { ...HTML_TYPE, ...error.headers }, body }
  }
  if (accept.includes('application/json')) {
    const message = `${escapeHtml(error.message)}<br /><br />\n${escapeHtml(detail)}\n\n`
    return { status: error.status, headers: error.headers, body: { message, code: title, title: reason } }
  }
  const headers = { 'content-type': 'text/plain; charset=UTF-8', ...error.headers }
  return { status: error.status, headers, body: `${title}\n\n${error.message}\n${detail}\n   ` }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')
}

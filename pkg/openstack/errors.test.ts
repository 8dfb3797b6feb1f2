import { describe, expect, it } from 'vitest'
import { defaultMeaning, errorFromAnswer, parseRetryAfter, serverText } from './errors.ts'

describe('serverText', () => {
  it.each([
    [
      'Keystone',
      '{"error": {"code": 401, "message": "The request requires authentication.", "title": "U"}}',
      'The request requires authentication.',
    ],
    [
      'Nova',
      '{"itemNotFound": {"code": 404, "message": "Instance x could not be found."}}',
      'Instance x could not be found.',
    ],
    ['Neutron', '{"NeutronError": {"type": "X", "message": "No more IPs", "detail": ""}}', 'No more IPs'],
    ['Placement', '{"errors": [{"status": 404, "title": "Not Found", "detail": "No such thing"}]}', 'No such thing'],
    [
      'Glance',
      '<html><head><title>400 Bad</title></head><body><h1>400 Bad</h1>Bad &quot;name&quot;<br /><br />\n\n</body></html>',
      'Bad "name"',
    ],
    [
      'Glance in JSON',
      '{"message": "Over &quot;limit&quot;<br /><br />\\n\\n", "code": "413 x", "title": "x"}',
      'Over "limit"',
    ],
    ['text', 'upstream\nconnect error', 'upstream connect error'],
    ['nothing', '', ''],
    ['JSON without words', '[1]', ''],
  ])('reads %s', (_, body, text) => {
    expect(serverText(body)).toBe(text)
  })

  it('is cut where a server talks too much', () => {
    expect(serverText('x'.repeat(9000)).length).toBe(400)
  })
})

describe('errorFromAnswer', () => {
  const answer = { service: 'image', method: 'GET', path: '/images', headers: {}, body: '', now: 0 }

  it.each([
    [400, 'InvalidSpec'],
    [401, 'Auth'],
    [403, 'Refused'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [413, 'Quota'],
    [429, 'Throttled'],
    [500, 'Unavailable'],
    [502, 'Unavailable'],
    [507, 'Quota'],
    [302, 'Unavailable'],
  ])('takes %i for %s unless the call knows better', (status, expected) => {
    expect(errorFromAnswer({ ...answer, status }).class).toBe(expected)
    const classify = () => ({ class: 'Waiting' as const, code: 'Mine' })
    expect(errorFromAnswer({ ...answer, status, classify })).toMatchObject({ class: 'Waiting', code: 'Mine' })
  })

  it('keeps place, words, request id and Retry-After', () => {
    const body = '{"overLimit": {"message": "slow down"}}'
    const error = errorFromAnswer({ ...answer, status: 413, headers: { 'retry-after': '7' }, body, requestId: 'req-1' })
    expect(error).toMatchObject({ class: 'Throttled', retryAfterSeconds: 7, requestId: 'req-1', service: 'image' })
    expect(error.message).toBe('image: GET /images was answered with 413: slow down')
  })

  it('has a code for every status', () => {
    for (let status = 300; status < 600; status++) expect(defaultMeaning(status).code).toMatch(/^[A-Z][A-Za-z]+$/)
  })
})

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    ['5', 5],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds)
  })
})

import { expect, test } from 'vitest'
import { isAlreadyExists, isConflict, isExpired, isNotFound, kubeError, kubeUnreachable } from './errors.ts'

const call = { method: 'GET', path: '/api/v1/x' }

test.each([
  [400, 'InvalidSpec', 'BadRequest'],
  [401, 'Auth', 'Unauthorized'],
  [403, 'Auth', 'Forbidden'],
  [404, 'NotFound', 'NotFound'],
  [409, 'Conflict', 'Conflict'],
  [410, 'Unavailable', 'Expired'],
  [422, 'InvalidSpec', 'Invalid'],
  [429, 'Throttled', 'TooManyRequests'],
  [500, 'Unavailable', 'InternalError'],
  [503, 'Unavailable', 'ServiceUnavailable'],
])('%i is %s with code %s', (status, failureClass, code) => {
  expect(kubeError(call, status, {})).toMatchObject({ class: failureClass, code, status })
})

test('reason, message, Retry-After and audit id are those of the API server', () => {
  const error = kubeError(
    call,
    429,
    { reason: 'TooManyRequests', message: 'slow down' },
    { 'retry-after': '3', 'audit-id': 'a-1' },
  )
  expect(error).toMatchObject({ code: 'TooManyRequests', retryAfterSeconds: 3, requestId: 'a-1' })
  expect(error.message).toBe('Kubernetes refused GET /api/v1/x: slow down (429)')
})

test('kinds of refusals can be told apart', () => {
  expect(isNotFound(kubeError(call, 404, {}))).toBe(true)
  expect(isExpired(kubeError(call, 410, {}))).toBe(true)
  expect(isConflict(kubeError(call, 409, {}))).toBe(true)
  const exists = kubeError(call, 409, { reason: 'AlreadyExists' })
  expect(isAlreadyExists(exists)).toBe(true)
  expect(isConflict(exists)).toBe(false)
  expect(isNotFound(new Error('404'))).toBe(false)
})

test('no answer is Unavailable and keeps its cause', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
  const error = kubeUnreachable(call, 'https://127.0.0.1:1', cause)
  expect(error).toMatchObject({ class: 'Unavailable', code: 'Unreachable', cause })
  expect(error.message).toContain('did not answer GET /api/v1/x: connect ECONNREFUSED')
})

import { expect, test } from 'vitest'
import { Failure } from '../failure/failure.ts'
import { createLogger, type Logger } from './log.ts'

function logged(write: (logger: Logger) => void, level?: string): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLogger({ ...(level && { level }), destination: { write: (line) => void lines.push(line) } }))
  return lines.map((line) => JSON.parse(line))
}

test('a line is an object with level, time, message and the fields of the work', () => {
  const [line] = logged((logger) => logger.child({ controller: 'image', name: 'x' }).info({ step: 'Upload' }, 'begun'))
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    ...{ controller: 'image', name: 'x', step: 'Upload', message: 'begun' },
  })
})

test('an error is told with class, code and stack, without its insides twice', () => {
  const err = new Failure('no', { class: 'Quota', code: 'Full', cause: new Error('below') })
  const [line] = logged((logger) => logger.error({ err }, 'failed'))
  expect(line?.['err']).toMatchObject({ class: 'Quota', code: 'Full', stack: expect.stringContaining('below') })
})

test('values of secret fields never reach the log', () => {
  const secrets = { password: 'hunter2', headers: { authorization: 'Bearer hunter2', 'x-auth-token': 'hunter2' } }
  const [line] = logged((logger) => logger.info({ ...secrets, auth: { token: 'hunter2' } }, 'asked'))
  expect(JSON.stringify(line)).not.toContain('hunter2')
  expect(line?.['password']).toBe('[redacted]')
})

test('the level decides what is said', () => {
  const lines = logged((logger) => {
    logger.debug({}, 'small')
    logger.warn({}, 'large')
  }, 'warn')
  expect(lines.map(({ message }) => message)).toEqual(['large'])
})

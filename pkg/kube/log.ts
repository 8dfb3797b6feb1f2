import { type DestinationStream, pino } from 'pino'
import type { Failure } from '../failure/failure.ts'

type Write = (fields: object, message: string) => void

/** A structured log: fields and one sentence. pino's Logger is one. */
export interface Logger {
  debug: Write
  info: Write
  warn: Write
  error: Write
  /** A log that adds these fields to every line: controller, namespace, name, reconcileID, step, openstackRequestID. */
  child(fields: object): Logger
}

/** Names of fields whose values never reach the log, at the top or one and two levels below. */
const secretFields = [
  'authorization',
  'password',
  'token',
  'secret',
  'credentials',
  'clouds_yaml',
  'clouds.yaml',
  'x-auth-token',
  'x-subject-token',
  'cookie',
]

/**
 * The process's JSON log, one object a line: level as a word, time as RFC 3339, errors under `err` with class, code
 * and stack. Written to stderr unless told otherwise, synchronously: what was said before a crash is there.
 */
export function createLogger(options: { level?: string; destination?: DestinationStream } = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: '[redacted]',
      },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  )
}

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger }

/** One line about what failed; only a defect is worth its stack. Returns the failure. */
export function logFailure(logger: Logger, failure: Failure, step: string): Failure {
  const { class: failureClass, code, requestId } = failure
  const fields = { step, class: failureClass, code, openstackRequestID: requestId }
  if (failureClass === 'Internal') logger.error({ ...fields, err: failure }, failure.message)
  else logger.info(fields, failure.message)
  return failure
}

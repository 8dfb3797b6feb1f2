import { type Call, HttpError, readBody } from '../http.ts'

export async function jsonBody<T>(call: Call): Promise<T> {
  try {
    return JSON.parse((await readBody(call)).toString()) as T
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new HttpError(400, 'There is no such action.')
  }
}

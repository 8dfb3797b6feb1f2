import { afterEach } from 'vitest'
import { type Cloud, type CloudOptions, startCloud } from '../../../test/cloud/cloud.ts'
import { createServices } from '../cloud-services.ts'
import { type ReadCloudOptions, readCloud } from '../clouds-yaml.ts'
import { Session, type SessionOptions } from '../session.ts'
import { createDispatcher } from '../transport.ts'

/** Clouds and sessions of a test file that end with each test. */
export function cloudFixture() {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  return {
    async start(options?: CloudOptions): Promise<Cloud> {
      const cloud = await startCloud(options)
      closers.push(() => cloud.stop())
      return cloud
    },

    session(yaml: string, name = 'demo', options: Partial<SessionOptions> & ReadCloudOptions = {}) {
      const profile = readCloud(yaml, name, options)
      const dispatcher = createDispatcher(profile)
      closers.push(() => dispatcher.destroy())
      const session = new Session(profile, { dispatcher, ...options })
      return { session, ...createServices(session) }
    },
  }
}

import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `fast`: needs nothing but Node. `proof`: the same, for searches that take long. `lab`: needs a real API server, `cloud`: a real OpenStack; see hack/test. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          // For the programs that tests start: loading them is most of their time.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compile') },
          include: ['{api,controllers,hack,pkg,test}/**/*.test.ts'],
          exclude: ['**/*.proof.test.ts', '**/*.lab.test.ts', '**/*.cloud.test.ts'],
          testTimeout: 20_000,
          setupFiles: ['test/support/no-leaks.ts'],
        },
      },
      {
        test: {
          name: 'proof',
          include: ['{controllers,pkg}/**/*.proof.test.ts'],
          testTimeout: 300_000,
          setupFiles: ['test/support/no-leaks.ts'],
        },
      },
      {
        test: {
          name: 'lab',
          include: ['{controllers,hack,pkg,test}/**/*.lab.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'cloud',
          include: ['{controllers,hack,pkg,test}/**/*.cloud.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          // One real OpenStack for all files, on two cores.
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
    ],
  },
})

import { z } from 'zod'
import { cel, text } from './schema.ts'

/** Virtual CPUs, as Nova's `vcpus`. */
export const cpus = () => z.int().min(1).max(512).meta({ format: 'int32' })

/** Memory in whole MiB, as Nova's `ram`: `512Mi`, `8Gi`. More than a desktop can have is refused in words. */
export const memory = () =>
  cel(text(16).regex(/^[1-9][0-9]{0,8}(Mi|Gi|Ti)$/), {
    rule: "!isQuantity(self) || !quantity(self).isGreaterThan(quantity('4Ti'))",
    message: 'is more than 4Ti, the most memory that one desktop can have',
  })

/** A disk in whole GiB: `40Gi`. */
export const disk = () => text(16).regex(/^(0Gi|[1-9][0-9]{0,6}(Gi|Ti))$/)

/** A size as status gives it: exact, in the largest unit that leaves no rest. */
export const observedSize = () => text(24)

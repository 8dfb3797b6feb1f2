import type { Applied } from './client.ts'
import type { KubeObject } from './resource.ts'

/**
 * Fields to apply for a kind that is only known as a type parameter: the compiler cannot see there that a part of an
 * object is one.
 */
export function fieldsOf<O extends KubeObject>(
  fields: Applied<KubeObject> & { spec?: object; status?: object },
): Applied<O> {
  return fields as unknown as Applied<O>
}

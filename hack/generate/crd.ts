import { z } from 'zod'
import type { KindDefinition } from '../../api/v1alpha1/kind-definition.ts'
import { VERSION } from '../../api/v1alpha1/names.ts'

/** JSON schema as a CRD holds it. */
export interface CrdSchema {
  type?: string
  description?: string
  properties?: Record<string, CrdSchema>
  required?: string[]
  default?: unknown
  [key: string]: unknown
}

/** The schema that the API server enforces for a zod type. */
export function structuralSchema(type: z.ZodType): CrdSchema {
  const schema = z.toJSONSchema(type, { target: 'openapi-3.0', io: 'input' }) as CrdSchema
  return tidy(schema)
}

/** Drops what a structural schema must not have: free-form keys beside properties, keys of maps. */
function tidy(schema: CrdSchema): CrdSchema {
  const result: CrdSchema = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'propertyNames' || key === '$schema') continue
    if (key === 'additionalProperties' && typeof value === 'boolean') continue
    if (key === 'properties') {
      const entries = Object.entries(value as Record<string, CrdSchema>)
      result.properties = Object.fromEntries(entries.map(([name, child]) => [name, tidy(child)]))
    } else if ((key === 'items' || key === 'additionalProperties') && typeof value === 'object') {
      result[key] = tidy(value as CrdSchema)
    } else result[key] = value
  }
  return result
}

/** The CustomResourceDefinition of a kind. */
export function customResourceDefinition(kind: KindDefinition): object {
  const { names } = kind
  const status = structuralSchema(kind.status)
  // Without it Flux, Argo and Helm take an object without status for ready.
  status.default = { observedGeneration: -1 }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${names.group}`,
      labels: { 'app.kubernetes.io/name': 'auxo', 'app.kubernetes.io/part-of': 'auxo' },
    },
    spec: {
      group: names.group,
      scope: 'Namespaced',
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.singular,
        shortNames: names.shortNames,
        categories: ['auxo'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })),
          additionalPrinterColumns: kind.columns,
          schema: {
            openAPIV3Schema: {
              description: kind.description,
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: structuralSchema(kind.spec),
                status,
              },
            },
          },
        },
      ],
    },
  }
}

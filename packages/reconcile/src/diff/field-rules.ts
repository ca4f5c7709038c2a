import { type FieldSpec, fieldSpec, type KindName, type Policy } from '@proxbox/contracts'
import type { EndpointOptions } from '../options.ts'

/** What is the same for a field of every Item of a kind. */
export interface FieldRuleSpec {
  readonly spec: FieldSpec | undefined
  readonly policy: Policy
  /** The NetBox Endpoint says so, not the table of kinds. */
  readonly isOverridden: boolean
  /** Several writers add elements: tags, object types. VLANs of an interface have one. */
  readonly isShared: boolean
  readonly isSent: boolean
}
export type FieldRule = (kind: KindName, field: string) => FieldRuleSpec

/** What a VM is described as is a person's word. */
const neverSent = new Set(['vm.description'])

function ruleFor(
  kind: KindName,
  field: string,
  policies: EndpointOptions['policies']
): FieldRuleSpec {
  const spec = fieldSpec(kind, field)
  const own = policies[`${kind}.${field}`]
  return {
    spec,
    policy: own ?? spec?.policy ?? 'fill',
    isOverridden: own !== undefined,
    isShared: (spec?.type === 'set' || spec?.type === 'list') && spec.policy === 'merge',
    isSent: spec?.computed !== true && !neverSent.has(`${kind}.${field}`)
  }
}

/** Pure: the table of kinds with the Endpoint's own policies laid over it; each field is looked up once. */
export function fieldRules(policies: EndpointOptions['policies']): FieldRule {
  const kinds = new Map<KindName, Map<string, FieldRuleSpec>>()
  return (kind, field) => {
    let fields = kinds.get(kind)
    if (fields === undefined) {
      fields = new Map()
      kinds.set(kind, fields)
    }
    let rule = fields.get(field)
    if (rule === undefined) {
      rule = ruleFor(kind, field, policies)
      fields.set(field, rule)
    }
    return rule
  }
}

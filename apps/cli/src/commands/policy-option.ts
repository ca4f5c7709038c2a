import { fieldSpec, kindNames, kinds, type Policy, policyNames } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'

/** Policies by `kind.field`; `default` takes an override back. */
export type PolicyChoice = Readonly<Record<string, Policy | 'default'>>

/** Pure: `vm.name=source`, `device.cf.rack_note=fill`, `vm.name=default`. @throws ApiError with what is possible */
export function policiesFrom(texts: readonly string[]): PolicyChoice {
  return Object.fromEntries(texts.map(policyFrom))
}

function policyFrom(text: string): [string, Policy | 'default'] {
  const [, kindText, field, name] = /^([a-z-]+)\.([a-z0-9_.]+)=(.+)$/.exec(text) ?? []
  if (kindText === undefined || field === undefined)
    throw new ApiError(
      400,
      `--policy: "${text}" is not of the form kind.field=policy, as in vm.name=source.`
    )
  const kind = kindNames.find((one) => one === kindText)
  if (kind === undefined)
    throw new ApiError(400, `--policy: "${kindText}" is no kind; use ${kindNames.join(', ')}.`)
  if (fieldSpec(kind, field) === undefined)
    throw new ApiError(400, `--policy: ${kind} has no field "${field}"; it has ${fieldsOf(kind)}.`)
  const policy = [...policyNames, 'default' as const].find((one) => one === name)
  if (policy === undefined)
    throw new ApiError(
      400,
      `--policy: "${name}" is no policy; use ${policyNames.join(', ')}, default.`
    )
  return [`${kind}.${field}`, policy]
}

const fieldsOf = (kind: (typeof kindNames)[number]): string =>
  [...Object.keys(kinds[kind].fields), ...(kinds[kind].hasCustomFields ? ['cf.<name>'] : [])].join(
    ', '
  )

/** Pure: stored overrides with the chosen ones. */
export function mergedPolicies(
  stored: Readonly<Record<string, Policy>>,
  chosen: PolicyChoice
): Record<string, Policy> {
  const merged: Record<string, Policy> = { ...stored }
  for (const [place, policy] of Object.entries(chosen)) {
    if (policy === 'default') delete merged[place]
    else merged[place] = policy
  }
  return merged
}

import { type EndpointKind, endpointKinds, type NetBoxEndpoint } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { fieldsFrom } from './endpoint-fields.ts'
import {
  type EndpointRow,
  endpointId,
  endpointModels,
  kindFrom,
  readEndpoints
} from './find-endpoint.ts'
import { mergedPolicies, policiesFrom } from './policy-option.ts'

/** `proxbox endpoint list [kind]` */
export async function listEndpoints(
  context: CommandContext,
  kind: string | undefined
): Promise<ExitCode> {
  const kinds = kind === undefined ? endpointKinds : [kindFrom(kind)]
  const all: (EndpointRow & { kind: string })[] = []
  for (const one of kinds) {
    const rows = await readEndpoints(context, one)
    all.push(...rows.map((row) => ({ ...row, kind: one })))
  }
  if (context.output.json) context.output.data(all)
  else
    context.output.table(
      ['kind', 'id', 'name', 'address', 'enabled'],
      all.map((row) => [
        row.kind,
        row.id,
        row.name,
        row.built_in === true ? 'built-in' : `${row.domain || row.ip_address}:${row.port}`,
        row.enabled ? 'yes' : 'no'
      ])
    )
  return 0
}

/** `proxbox endpoint add KIND NAME field=value…` and `set KIND ID|NAME field=value…`; `field=@file` reads a file, `field=-` standard input. */
export async function writeEndpoint(
  context: CommandContext,
  kindText: string,
  target: { name: string; isNew: boolean; policies?: readonly string[] },
  assignments: readonly string[]
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const body = {
    ...(await fieldsFrom(kind, assignments)),
    ...(await policyBody(context, kind, target))
  }
  if (Object.keys(body).length === 0)
    throw new ApiError(400, 'Nothing to store: name fields as field=value.')
  const row = target.isNew
    ? await api.call<EndpointRow>(
        `create${endpointModels[kind]}`,
        { body: { ...body, name: target.name } },
        context.signal
      )
    : await api.call<EndpointRow>(
        `update${endpointModels[kind]}`,
        { params: { id: await endpointId(context, kind, target.name) }, body },
        context.signal
      )
  if (context.output.json) context.output.data(row)
  else
    context.output.text(
      `${kind} Endpoint ${row.id} (${row.name}) is stored. Test it: proxbox endpoint test ${kind} ${row.id}`
    )
  return 0
}

/** The stored overrides with the chosen ones: a write of `policies` replaces them all. */
async function policyBody(
  context: CommandContext,
  kind: EndpointKind,
  { name, isNew, policies = [] }: { name: string; isNew: boolean; policies?: readonly string[] }
): Promise<Record<string, unknown>> {
  if (policies.length === 0) return {}
  if (kind !== 'netbox') throw new ApiError(400, '--policy: only a netbox Endpoint has policies.')
  const chosen = policiesFrom(policies)
  if (isNew) return { policies: mergedPolicies({}, chosen) }
  const api = await context.api()
  const id = await endpointId(context, kind, name)
  const stored = await api.call<NetBoxEndpoint>(
    'readNetBoxEndpoint',
    { params: { id } },
    context.signal
  )
  return { policies: mergedPolicies(stored.policies, chosen) }
}

/** `proxbox endpoint remove KIND ID|NAME`: nothing is deleted in NetBox. */
export async function removeEndpoint(
  context: CommandContext,
  kindText: string,
  nameOrId: string
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const id = await endpointId(context, kind, nameOrId)
  await api.call(`delete${endpointModels[kind]}`, { params: { id } }, context.signal)
  if (context.output.json) context.output.data({ removed: id })
  else context.output.text(`${kind} Endpoint ${id} is removed; nothing was deleted in NetBox.`)
  return 0
}

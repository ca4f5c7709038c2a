import type { NetBoxEndpoint } from '@proxbox/contracts'
import type { CommandContext, ExitCode } from './context.ts'
import { endpointId } from './find-endpoint.ts'

export const takeOverDecisions = ['same', 'copy', 'take-over'] as const
export type TakeOver = (typeof takeOverDecisions)[number]

const meanings: Readonly<Record<TakeOver, string>> = {
  same: 'it is the same server as the other Endpoint: they share one Ledger and never write at once',
  copy: 'it is a copy: it gets an identity of its own and an empty Ledger',
  'take-over': 'this installation keeps it from now on: stop the other one, or both write'
}

/** `proxbox endpoint take-over NETBOX --as …`: whose a NetBox is that carries another identity. */
export async function takeOverCommand(
  context: CommandContext,
  nameOrId: string,
  decision: TakeOver
): Promise<ExitCode> {
  const api = await context.api()
  const id = await endpointId(context, 'netbox', nameOrId)
  const endpoint = await api.call<NetBoxEndpoint>(
    'takeOverNetBox',
    { params: { id }, body: { decision } },
    context.signal
  )
  if (context.output.json) context.output.data(endpoint)
  else {
    context.output.text(`NetBox Endpoint ${id} (${endpoint.name}): ${meanings[decision]}.`)
    context.output.text(`Look at what a Run would do: proxbox plan --netbox ${id}`)
  }
  return 0
}

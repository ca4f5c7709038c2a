import type { Bus } from '@proxbox/bus'
import { type NetBoxEndpoint, ProxboxError } from '@proxbox/contracts'
import type { Static } from 'typebox'
import type { RunRow } from '../db/schema.ts'

/**
 * The NetBox Endpoint of an earlier Run is still one that Runs go to: it exists, is enabled, and where the new Run
 * `writes` because a person asks for it, is not closed to writing.
 *
 * @throws ProxboxError CONFLICT, WRITES_OFF
 */
export async function requireTarget(
  bus: Pick<Bus, 'ask'>,
  row: RunRow,
  { writes }: { readonly writes: boolean }
): Promise<void> {
  const netbox = await readTarget(bus, row)
  const its = `Run ${row.id} is for NetBox Endpoint ${netbox?.name ?? row.netboxName}`
  const reject =
    row.state === 'awaiting_approval' ? ` Reject the Plan with "proxbox cancel ${row.id}".` : ''
  if (netbox === undefined)
    throw conflict(`${its}, which was removed: nothing goes there any more.${reject}`)
  if (!netbox.enabled)
    throw conflict(
      `${its}, which is disabled: run "proxbox endpoint set netbox ${netbox.name} enabled=true" and try again.`
    )
  if (writes && netbox.write_mode.value === 'off')
    throw new ProxboxError('WRITES_OFF', { endpoint: netbox.name })
}

const conflict = (detail: string) => new ProxboxError('CONFLICT', { detail })

/** Undefined when it was removed. */
async function readTarget(
  bus: Pick<Bus, 'ask'>,
  { netboxEndpointId: id }: RunRow
): Promise<Static<typeof NetBoxEndpoint> | undefined> {
  try {
    return await bus.ask<Static<typeof NetBoxEndpoint>>('readNetBoxEndpoint', { params: { id } })
  } catch (error) {
    if (error instanceof ProxboxError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

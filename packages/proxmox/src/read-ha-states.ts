import { type GapList, readerInto } from './gap-of.ts'
import type { EstateGuest, Resources } from './parse-cluster.ts'
import type { Reading } from './reading.ts'
import { decodeRows, NonsenseError } from './wire/decode.ts'
import { HaRow } from './wire/schemas.ts'

/** What `ha-manager` takes for a resource without a state, and for the old word `enabled` (PVE::HA::Resources). */
const asked = (state = ''): string => (state === '' || state === 'enabled' ? 'started' : state)

/** Pure: vmid → the state that HA was asked for. @throws NonsenseError when it is no list of such */
function requestedStatesFrom(data: unknown): ReadonlyMap<number, string> {
  const { rows, broken } = decodeRows(HaRow, data, 'the resources of HA')
  if (broken > 0) throw new NonsenseError(`${broken} resources of HA have no usable form`)
  return new Map(
    rows.flatMap(({ sid, state }) => {
      const vmid = /^(?:vm|ct):(\d+)$/.exec(sid)?.[1]
      return vmid === undefined ? [] : [[Number(vmid), asked(state)] as const]
    })
  )
}

/**
 * Guests with the state that HA was asked for. Their rows tell how far HA is with it (`migrate`, `fence`, `request_stop`):
 * that moves by itself, and says only that a guest is under HA at all. Asked for where one is, so one request or none.
 */
export async function readHaStates(
  reading: Reading,
  gaps: GapList,
  { guests }: Resources
): Promise<readonly EstateGuest[]> {
  const isManaged = ({ haState = '' }: EstateGuest): boolean => haState !== ''
  if (!guests.some(isManaged)) return guests
  const states = await readerInto(gaps)({ scope: 'cluster', facet: 'options' }, async () =>
    requestedStatesFrom(await reading.get({ node: '', cost: 'plain' }, '/cluster/ha/resources', {}))
  )
  return guests.map((guest) => {
    if (!isManaged(guest)) return guest
    const { haState: _, ...others } = guest
    const state = states?.get(guest.vmid)
    return state === undefined ? others : { ...others, haState: state }
  })
}

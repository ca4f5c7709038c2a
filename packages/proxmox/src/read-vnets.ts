import type { ClusterEstate, Vnet } from '@proxbox/contracts'
import type { TSchema } from 'typebox'
import { AnswerError } from './answer-error.ts'
import { defined } from './defined.ts'
import { type GapFacts, readerInto } from './gap-of.ts'
import { grantCommand, isHeldBelow, sdnPathOf } from './privileges.ts'
import type { ClusterFrame } from './read-cluster.ts'
import type { Reading } from './reading.ts'
import { type DecodedRows, decodeRows } from './wire/decode.ts'
import { VnetRow, ZoneRow } from './wire/schemas.ts'

type Seen = Pick<ClusterEstate, 'nodes' | 'guests'>
type Zone = DecodedRows<{ zone: string; type: string; bridge?: string | undefined }>

/** A release without SDN, or one whose SDN is not installed, does not know the path or the question. */
const WITHOUT_SDN = new Set([400, 404, 501])
const SCOPE = { scope: 'cluster', facet: 'sdn' } as const

/**
 * The virtual networks that NICs hang on, by what SDN has in force, sorted by name. No request unless a NIC names a
 * bridge that its node does not list, so who has no SDN pays nothing; else one, and one more for the zones of what is
 * found. Undefined when nothing was asked or nothing could be read.
 *
 * Both lists leave out with a 200 what the credential may not see. That is told only where a NIC's bridge stays unknown,
 * and once: where bridges of nodes are hidden too, that gap stands for both.
 */
export async function readVnets(
  reading: Reading,
  frame: ClusterFrame,
  seen: Seen
): Promise<Vnet[] | undefined> {
  const wanted = foreignBridges(seen)
  if (wanted.size === 0) return undefined
  const orGap = readerInto(frame.gaps)
  const listed = await orGap(SCOPE, () => vnetRows(reading))
  if (listed === undefined) return undefined
  if (listed === 'no SDN') return []
  const rows = listed.rows.filter(({ vnet }) => wanted.has(vnet))
  if (rows.length < wanted.size) noteUnknown(reading, frame, listed.broken)
  if (rows.length === 0) return []
  const zones = await orGap(SCOPE, () => rowsOf(reading, 'zones', ZoneRow))
  if (zones !== undefined) noteZones(reading, frame, { rows, zones })
  const byName = new Map(zones?.rows.map((zone) => [zone.zone, zone]))
  return rows
    .map(({ vnet: name, zone, tag }) => {
      const { type: zoneType, bridge: zoneBridge } = byName.get(zone) ?? {}
      return defined({ name, zone, zoneType, zoneBridge, tag })
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Pure: what NICs hang on and their node does not list; a node whose network was not read lists nothing. */
function foreignBridges({ nodes, guests }: Seen): ReadonlySet<string> {
  const own = new Map(
    nodes.flatMap(({ name, interfaces }) =>
      interfaces === undefined
        ? []
        : [[name, new Set(interfaces.flatMap((one) => [one.name, ...one.altNames]))] as const]
    )
  )
  return new Set(
    guests.flatMap(({ node, config }) =>
      (config?.nics ?? []).flatMap(({ bridge }) =>
        bridge === undefined || (own.get(node)?.has(bridge) ?? true) ? [] : [bridge]
      )
    )
  )
}

async function vnetRows(reading: Reading) {
  try {
    return await rowsOf(reading, 'vnets', VnetRow)
  } catch (error) {
    if (error instanceof AnswerError && WITHOUT_SDN.has(error.status)) return 'no SDN'
    throw error
  }
}

/** `running`: what is in force; without it the lists hold what is only staged. @throws what reading throws */
async function rowsOf<S extends TSchema>(reading: Reading, list: 'vnets' | 'zones', schema: S) {
  const entry = { node: '', cost: 'plain' } as const
  const data = await reading.get(entry, `/cluster/sdn/${list}`, { query: { running: 1 } })
  return decodeRows(schema, data, `the list of SDN ${list}`)
}

/** A NIC whose bridge nobody lists may hang on one that is gone; it is a gap only where something may be hidden. */
function noteUnknown(reading: Reading, frame: ClusterFrame, broken: number): void {
  if (broken > 0) {
    const detail = `${broken} rows of the list of SDN vnets have no usable form.`
    frame.gaps.add({ ...SCOPE, reason: 'nonsense', detail })
  }
  const hidden = hiddenBy(reading, frame)
  const isTold = frame.gaps
    .list()
    .some(({ scope, facet }) => scope === 'nodes' && facet === 'network')
  if (hidden !== undefined && !isTold) frame.gaps.add(hidden)
}

/** What is in force is consistent: a zone that is not listed is hidden, or lost. */
function noteZones(
  reading: Reading,
  frame: ClusterFrame,
  { rows, zones }: { rows: readonly { zone: string }[]; zones: Zone }
): void {
  const listed = new Set(zones.rows.map(({ zone }) => zone))
  const lost = [...new Set(rows.map(({ zone }) => zone))].filter((zone) => !listed.has(zone))
  if (lost.length === 0) return
  const detail = `The list of SDN zones lacks ${lost.sort().join(', ')}.`
  frame.gaps.add(hiddenBy(reading, frame) ?? { ...SCOPE, reason: 'partial', detail })
}

/** The gap of a missing privilege; undefined when all of SDN may be seen, or when nobody told what may be seen. */
function hiddenBy(reading: Reading, { held, version }: ClusterFrame): GapFacts | undefined {
  const { privileges } = held
  const path = sdnPathOf(version)
  const isSeen = (privilege: string) =>
    privileges === undefined || isHeldBelow(privileges, path, privilege)
  if (isSeen('SDN.Audit') || isSeen('SDN.Allocate')) return undefined
  return {
    ...{ ...SCOPE, reason: 'denied' },
    detail: `SDN.Audit is not held on all of ${path}: the virtual networks that NICs hang on may be hidden.`,
    remedy: grantCommand(reading.proxmox.connection, { privilege: 'SDN.Audit', path })
  }
}

import { notImplemented } from '../errors.ts'
import type { SdnRow, World } from '../world/world-shape.ts'
import { type Context, can, type Reply, type Route, type Row } from './route.ts'

type Kind = 'zones' | 'vnets'

const DIGEST = '6d1c9a8b7e6f5d4c3b2a19087f6e5d4c3b2a1908'

export const sdnRoutes: readonly Route[] = [
  { path: '/cluster/sdn/zones', cost: 'P', answer: (context) => listed(context, 'zones') },
  { path: '/cluster/sdn/vnets', cost: 'P', answer: (context) => listed(context, 'vnets') }
]

/** What is configured, applied or not; `running` only what is applied, `pending` both with their difference. */
function listed(context: Context, kind: Kind): Reply {
  const { world, query } = context
  if (!world.sdnInstalled) throw notImplemented('GET', `/cluster/sdn/${kind}`)
  const rows = rowsBy(query, world, kind)
    .filter((row) => isSeen(context, kind, row))
    .filter(({ type }) => kind === 'vnets' || query.type === undefined || query.type === type)
  return { data: rows }
}

function rowsBy(query: Context['query'], world: World, kind: Kind): Row[] {
  const { applied, configured } = sidesOf(world, kind)
  if (query.pending === '1') {
    const names = [...new Set([...applied.keys(), ...configured.keys()])]
    return names.map((name) => pendingRow(kind, name, applied.get(name), configured.get(name)))
  }
  // The file of what is running has no digest.
  if (query.running === '1') return [...applied.values()].map((row) => ({ ...row, digest: null }))
  return [...configured.values()].map((row) => ({ ...row, digest: DIGEST }))
}

function sidesOf(world: World, kind: Kind) {
  const rows = kind === 'zones' ? world.sdnZones : world.sdnVnets
  const applied = new Map(rows.map((row) => [nameOf(kind, row), row]))
  const configured = new Map(applied)
  for (const [name, row] of Object.entries(world.sdnStaged[kind])) {
    if (row === null) configured.delete(name)
    else configured.set(name, row)
  }
  return { applied, configured }
}

/** As PVE::Network::SDN::pending_config: what runs, and under `pending` what differs; what is new has nothing else. */
function pendingRow(
  kind: Kind,
  name: string,
  applied: SdnRow | undefined,
  configured: SdnRow | undefined
): Row {
  const own = kind === 'zones' ? 'zone' : 'vnet'
  const keys = new Set([...Object.keys(applied ?? {}), ...Object.keys(configured ?? {})])
  const differing = [...keys].filter((key) => applied?.[key] !== configured?.[key] && key !== own)
  const state = applied === undefined ? 'new' : configured === undefined ? 'deleted' : 'changed'
  return {
    ...applied,
    ...(configured?.type === undefined ? {} : { type: configured.type }),
    [own]: name,
    ...(differing.length === 0
      ? {}
      : {
          state,
          pending: Object.fromEntries(differing.map((key) => [key, configured?.[key] ?? 'deleted']))
        })
  }
}

const nameOf = (kind: Kind, row: Row): string => String(kind === 'zones' ? row.zone : row.vnet)

/** Left out without a word, whoever may use it: 7 has rules per vnet, since 8 they lie below the zone. */
function isSeen(context: Context, kind: Kind, row: Row): boolean {
  const { pending, zone = Object(pending).zone, vnet } = row
  const place =
    context.world.version === '7.4' ? `/sdn/vnets/${vnet}` : `/sdn/zones/${zone}/${vnet}`
  const path = kind === 'zones' ? `/sdn/zones/${zone}` : place
  return can(context, path, 'SDN.Audit', 'SDN.Allocate')
}

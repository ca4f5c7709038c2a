import { type CurrentItem, defaultSettings, type Estate, type Plan } from '@proxbox/contracts'
import {
  addressKey,
  type DesiredOptions,
  guestInterfaceKey,
  guestKey,
  type PlanInput,
  planChanges
} from '@proxbox/reconcile'
import { changedEstate, makeEstate } from './make-estate.ts'
import { type Written, writtenBy } from './written.ts'

export const planCases = ['first', 'unchanged', 'changed'] as const
export type PlanCase = (typeof planCases)[number]

const syncTypes = [
  'devices',
  'virtual-machines',
  'vm-disks',
  'network-interfaces',
  'ip-addresses'
] as const

const site: CurrentItem = {
  key: 'netbox:site/1',
  kind: 'site',
  netbox_id: 1,
  label: 'Home',
  fields: { name: 'Home', slug: 'home', status: 'active', region: null, description: '', tags: [] }
}

const options: Omit<DesiredOptions, 'reference' | 'seenAddresses'> = {
  now: '2026-01-01T00:00:00Z',
  netboxVersion: '4.7.3',
  endpoint: {
    ramBase: 1024,
    diskBase: 1024,
    primaryIpPolicy: 'when-unset',
    primaryIpSubnet: null,
    pinToNode: true,
    createDefaultSite: false,
    vlanCreate: true,
    platformCreate: true,
    missingPolicy: 'keep',
    rebuiltPolicy: 'hold',
    policies: {}
  },
  settings: defaultSettings,
  useGuestAgentInterfaceName: true,
  ignoreIpv6LinkLocal: true,
  syncTypes,
  identityTag: { slug: 'proxbox-i1', name: 'Proxbox i1' },
  budget: true,
  connections: {
    caaaaaaaa: {
      endpointId: 1,
      endpointName: 'bench',
      site: null,
      tenant: null,
      netboxCluster: null,
      notes: true,
      linkBase: null
    }
  }
}

/** Pure: all IPv6 addresses of guests, seen for longer than they must be. */
const seenIn = (estate: Estate): ReadonlyMap<string, string> =>
  new Map(
    estate.clusters.flatMap(({ clusterId, guests }) =>
      guests.flatMap(({ type, vmid, interfaces = [] }) =>
        interfaces
          .flatMap(({ addresses }) => addresses)
          .map(({ address }) => {
            const at = guestInterfaceKey(guestKey(clusterId, type, vmid), 'net0')
            return [addressKey(at, address), '2025-12-01T00:00:00Z'] as const
          })
      )
    )
  )

const nothing: Written = { current: [site], ledger: [] }

const inputOf = (estate: Estate, { current, ledger }: Written): PlanInput => ({
  estate,
  options: { ...options, reference: current, seenAddresses: seenIn(estate) },
  current,
  ledger,
  intents: [],
  quarantine: [],
  decisions: []
})

/** Pure: the facts of a first contact, and of Runs after it in which nothing, or every tenth guest, has changed. */
export function planInputs(guests: number): Record<PlanCase, () => PlanInput> {
  const estate = makeEstate(guests)
  let written: Written | undefined
  const after = () =>
    (written ??= writtenBy(planChanges(inputOf(estate, nothing)), nothing.current))
  return {
    first: () => inputOf(estate, nothing),
    unchanged: () => inputOf(estate, after()),
    changed: () => inputOf(changedEstate(estate), after())
  }
}

/** Pure: Items that were compared. */
export const itemsOf = ({ changes, unchanged }: Plan): number =>
  changes.filter(({ action }) => action !== 'delete').length +
  Object.values(unchanged).reduce((sum, count) => sum + count, 0)

/** @throws when a Plan is not what its case is about: then the time of it means nothing. */
export function requirePlan(name: PlanCase, guests: number, { changes }: Plan): void {
  const most = Math.ceil(guests / 10)
  const isRight = {
    first: changes.length >= 7 * guests && changes.every(({ action }) => action === 'create'),
    unchanged: changes.length === 0,
    changed: changes.length >= most && changes.length <= 3 * most
  }[name]
  if (isRight) return
  const some = JSON.stringify(changes.slice(0, 3)).slice(0, 2000)
  throw new Error(`${name}: ${changes.length} Changes for ${guests} guests: ${some}`)
}

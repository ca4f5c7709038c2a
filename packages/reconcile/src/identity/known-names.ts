import {
  type CurrentItem,
  type DecisionRule,
  type Intent,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import type { DesiredOptions, EndpointOptions } from '../options.ts'
import { decisionsFrom } from './conflicts.ts'

export interface NameFacts {
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  readonly decisions: readonly DecisionRule[]
  readonly options: { readonly endpoint: Pick<EndpointOptions, 'policies'> }
}

type Known = Required<
  Pick<
    DesiredOptions,
    | 'lastNames'
    | 'currentNames'
    | 'currentKeys'
    | 'editedNames'
    | 'lastLabels'
    | 'platformKnown'
    | 'keptAddresses'
  >
>

const unique = new Set(['cluster', 'device', 'vm'])
const low = (value: unknown): string =>
  String(value ?? '')
    .trim()
    .toLowerCase()

/** Pure: did the guest itself tell its platform once? Of a platform whose teller is not known it may have. */
const isPlatformTold = ({ evidence, last_written }: LedgerRow): boolean =>
  evidence.platform_by === 'agent' ||
  (evidence.platform_by === undefined && last_written.platform !== undefined)

const keysOf = (kind: LedgerRow['kind'], ledger: readonly LedgerRow[]): ReadonlySet<string> =>
  new Set(ledger.filter((row) => row.kind === kind).map(({ key }) => key))

/** Pure: does a name that a person chose stay? Not where Proxmox is its source, unless it was decided for NetBox. */
function keepsEdited({ decisions, options }: NameFacts): (row: LedgerRow) => boolean {
  const { policies } = options.endpoint
  const decided = decisionsFrom(decisions)
  return ({ key, kind }) =>
    policies[`${kind}.name`] !== 'source' ||
    decided.of(key, 'name', 'drift-in-a-row')?.decision === 'netbox'
}

/** Pure: what Ledger and NetBox say of the names of our objects. An announced name is ours, not a person's. */
export function namesIn(facts: NameFacts): Known {
  const { current, ledger, intents } = facts
  const isKept = keepsEdited(facts)
  const lastNames = new Map<string, string>()
  const currentNames = new Map<string, string>()
  const currentKeys = new Map<string, string>()
  const editedNames = new Set<string>()
  const lastLabels = new Map<string, string>()
  const platformKnown = new Set(ledger.filter(isPlatformTold).map(({ key }) => key))
  const keptAddresses = keysOf('ip-address', ledger)
  const objects = new Map(
    current.filter(({ kind }) => unique.has(kind)).map((item) => [item.key, item])
  )
  const announced = new Map(intents.map(({ key, values }) => [key, values.name]))
  for (const row of ledger) {
    const { key, kind, netbox_id, last_written } = row
    const { name: last, 'cf.proxmox_cluster': label } = last_written
    if (typeof last === 'string') lastNames.set(key, last)
    if (kind === 'cluster' && typeof label === 'string') lastLabels.set(key, label)
    const object = objects.get(netboxKey(kind, netbox_id))
    if (kind === 'cluster' && object !== undefined) currentKeys.set(key, object.key)
    const name = object?.fields.name
    if (typeof name !== 'string') continue
    currentNames.set(key, name)
    const ours = [last, announced.get(key)].some((one) => low(one) === low(name))
    if (!ours && isKept(row)) editedNames.add(key)
  }
  return {
    lastNames,
    currentNames,
    currentKeys,
    editedNames,
    lastLabels,
    platformKnown,
    keptAddresses
  }
}

import { type Gap, type GapFacts, gapKey } from '@proxbox/contracts'

/** What people call the things that a sentence is about. */
export interface Names {
  /** Of the Endpoint behind a cluster id; undefined when it is an Endpoint's name already. */
  readonly proxmox: (cluster: string) => string | undefined
  readonly guest: (cluster: string, vmid: number) => string | undefined
  readonly netbox: string
}

const join = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(' ')

/** What to do about a gap for which the reader of Proxmox knew nothing better. */
function gapRemedy({ reason, facet, scope }: Gap, endpoint: string): string {
  if (facet === 'agent' || facet === 'interfaces') {
    if (reason === 'nonsense') return 'Update the guest agent.'
    return 'Install or start the guest agent there, or switch it off in the options of the guest.'
  }
  if (reason === 'offline' && scope === 'node') return 'It is read again when it is back.'
  return `Run "proxbox endpoint test proxmox ${endpoint}".`
}

function placeOf(gap: Gap, names: Names): string {
  const guest = gap.vmid === undefined ? undefined : names.guest(gap.cluster, gap.vmid)
  const vmid = gap.vmid === undefined ? undefined : `guest ${gap.vmid}`
  return [
    endpointOf(gap, names),
    gap.node === undefined ? undefined : `node ${gap.node}`,
    gap.storage === undefined ? undefined : `storage ${gap.storage}`,
    guest === undefined ? vmid : `${vmid} (${guest})`
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

const endpointOf = (gap: Gap, names: Names): string =>
  `Proxmox Endpoint ${names.proxmox(gap.cluster) ?? gap.cluster}`

/** Pure: what to do about a gap; nothing where what made a whole Endpoint unreadable says it already. */
const remedyOf = (gap: Gap, names: Names): string =>
  gap.remedy ??
  (gap.detail.includes('"proxbox endpoint test')
    ? ''
    : gapRemedy(gap, names.proxmox(gap.cluster) ?? gap.cluster))

/** Pure: a gap as it is stored, so that its list tells the same remedy as the Run. */
export function withRemedy(gap: Gap, names: Names): Gap {
  const remedy = remedyOf(gap, names)
  return remedy === '' ? gap : { ...gap, remedy }
}

/** Pure: a gap in a sentence that names the Endpoint, the object and the remedy. */
export function gapSentence(gap: Gap, names: Names): string {
  const known = remedyOf(gap, names)
  // What is no sentence is a command.
  const remedy = known === '' || /[.!?]$/.test(known) ? known : `Run "${known}" on a node.`
  const isTold = gap.detail.startsWith(endpointOf(gap, names))
  const detail = /[.!?]$/.test(gap.detail) ? gap.detail : `${gap.detail}.`
  return join(isTold ? '' : `${placeOf(gap, names)}, ${gap.facet}:`, detail, remedy)
}

/**
 * Pure: a gap for the list in `complete` and in the Run.
 *
 * @param acknowledged `gapKey` of those that a person knows of
 */
export const gapFactsFrom = (
  gap: Gap,
  names: Names,
  acknowledged: ReadonlySet<string>
): GapFacts => ({
  scope: `${placeOf(gap, names)}: ${gap.facet}`,
  reason: gap.reason,
  detail: gapSentence(gap, names),
  ...(acknowledged.has(gapKey(gap)) ? { acknowledged: true } : {})
})

/** Pure: what a gap is about, in a few characters. */
export const gapRow = (gap: Gap, names: Names): string =>
  (gap.vmid === undefined ? undefined : names.guest(gap.cluster, gap.vmid)) ??
  String(gap.vmid ?? gap.storage ?? gap.node ?? names.proxmox(gap.cluster) ?? gap.cluster)

/** What to do about an object that was left out, shortened or held, by the code of its error. */
const remedies: Readonly<Record<string, string>> = {
  ADDRESS_TAKEN: 'Free the address on one of the two sides.',
  CLUSTER_MERGED: 'Delete there what nobody needs any more.',
  CONFIG_UNKNOWN: 'Correct that line of its configuration in Proxmox, or update Proxbox.',
  ITEM_AMBIGUOUS: 'Leave exactly one in NetBox.',
  ITEM_HELD: 'Look at it with "proxbox show RUN --plan".',
  ITEM_MOVED: 'The next Run looks at it again.',
  ITEM_REFUSED:
    'Correct it in Proxmox or NetBox; it is sent again after a pause, or at once after "proxbox quarantine release".',
  NAME_SHORTENED: 'Shorten it in Proxmox.',
  NAME_TAKEN: 'Rename one of the two in Proxmox.',
  VLAN_UNRESOLVED: 'Have exactly one such VLAN there, or set vlan_create=true on this Endpoint.'
}

/** Pure: what concerns one object, in a sentence that names the NetBox Endpoint, the object and the remedy. */
export function objectSentence(
  about: {
    readonly label: string
    readonly code: string
    readonly detail: string
    readonly remedy?: string
  },
  names: Pick<Names, 'netbox'>
): string {
  const object = about.detail.includes(about.label) ? '' : `, ${about.label}`
  return join(
    `NetBox Endpoint ${names.netbox}${object}:`,
    about.detail,
    about.remedy ?? remedies[about.code]
  )
}

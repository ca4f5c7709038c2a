import type { Fields, Guest, Item } from '@proxbox/contracts'
import { platformKey } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import { slugOf } from './names.ts'
import type { Reference } from './reference.ts'

/** `ostype` of a QEMU guest (qm.conf): the hypervisor's guess of a family, not of a distribution. */
const families: Readonly<Record<string, string>> = {
  l24: 'Linux',
  l26: 'Linux',
  win11: 'Windows 11',
  win10: 'Windows 10',
  win8: 'Windows 8',
  win7: 'Windows 7',
  w2k8: 'Windows Server 2008',
  w2k3: 'Windows Server 2003',
  w2k: 'Windows 2000',
  wvista: 'Windows Vista',
  wxp: 'Windows XP',
  solaris: 'Solaris'
}

function configuredName({ type, config }: Guest): string | undefined {
  const { osType } = config ?? {}
  if (osType === undefined) return undefined
  return type === 'qemu' ? families[osType] : osType
}

/** Pure: distribution and major version from the agent, else the configuration's word; undefined when nobody told. */
function nameOf(guest: Guest, isKnown: boolean): string | undefined {
  const { os } = guest
  if (os === undefined) {
    const name = isKnown ? undefined : configuredName(guest)
    return name === 'unmanaged' ? undefined : name
  }
  const major = os.versionId?.split('.')[0]
  return major ? `${os.id} ${major}` : os.id
}

/**
 * Who told the platform: the guest itself, now or once, or only its configuration; absent: nobody. Said again in each Run:
 * of a guest whose object has another id, in a NetBox that was restored, the Ledger keeps nothing else.
 */
export function platformEvidence(guest: Guest, isKnown: boolean): { platform_by?: string } {
  if (guest.os !== undefined || isKnown) return { platform_by: 'agent' }
  return nameOf(guest, false) === undefined ? {} : { platform_by: 'config' }
}

/** Pure: the platform of a guest, and its Item where it may be made; nothing while NetBox has none and must not get one. */
export function platform(
  guest: Guest,
  key: string,
  { options, reference }: { options: DesiredOptions; reference: Reference }
): { fields: Fields; items: Item[] } {
  const name = nameOf(guest, options.platformKnown?.has(key) === true)
  const slug = slugOf(name ?? '')
  if (name === undefined || slug === '') return { fields: {}, items: [] }
  const known = reference.bySlug('platform', slug) ?? reference.byName('platform', name)
  const item: Item = { key: platformKey(slug), kind: 'platform', fields: { slug, name } }
  if (options.endpoint.platformCreate)
    return { fields: { platform: { ref: item.key } }, items: [item] }
  return { fields: known === undefined ? {} : { platform: { ref: known.key } }, items: [] }
}

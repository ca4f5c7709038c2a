import { ProxboxError } from '@proxbox/contracts'

export interface KnownNetBox {
  readonly id: number
  readonly name: string
  readonly identity: string
  /** Its tag was seen there once. */
  readonly identitySeen: boolean
  /** Tags that a person has decided not to mind here. */
  readonly ignoredTags: readonly string[]
}

export interface NetBoxFacts {
  readonly installation: string
  readonly own: KnownNetBox
  /** All other Endpoints. */
  readonly others: readonly KnownNetBox[]
  /** Tags that were found in the NetBox; null = nobody looked. */
  readonly found: readonly string[] | null
}

export interface NetBoxVerdict {
  /** Slug of the tag that carries installation and identity in NetBox. */
  readonly tag: string
  readonly isSeen: boolean
  readonly refused: string | null
  /** What a person can do about it. */
  readonly remedy: string
}

export type TakeOverDecision = 'same' | 'copy' | 'take-over'

const prefix = 'proxbox-id-'

/** Pure: the slug of an identity tag: `proxbox-id-{installation}-{identity}`. */
const identityTag = (installation: string, identity: string): string =>
  `${prefix}${installation}-${identity}`

/** Pure: the identity tags among the tags of a NetBox, in order, each once. */
export const identityTagsIn = (slugs: readonly string[]): string[] =>
  [...new Set(slugs.filter((slug) => slug.startsWith(prefix)))].sort()

/**
 * Pure: may this Endpoint keep the NetBox that carries these identity tags? Two rows for one NetBox are refused with the
 * first one's name, another installation's NetBox with that installation's id. When both rows put their tag there at the
 * same moment, the older one keeps it; of a copy it is the Endpoint that keeps the copy.
 */
export function verdictOnNetBox(facts: NetBoxFacts): NetBoxVerdict {
  const { own, installation } = facts
  const tag = identityTag(installation, own.identity)
  const isSeen = facts.found?.includes(tag) ?? false
  const { keepers, foreign } = pendingIn(facts)
  const [keeper] = keepers
  const command = (decision: TakeOverDecision) =>
    `"proxbox endpoint take-over ${own.id} --as ${decision}"`
  if (keeper !== undefined)
    return {
      tag,
      isSeen,
      refused: `NetBox Endpoint ${keeper.name} already keeps it`,
      remedy: `If it is the same server, run ${command('same')}; if it is a copy of that NetBox, run ${command('copy')}.`
    }
  if (foreign[0] !== undefined)
    return {
      tag,
      isSeen,
      refused: `another installation keeps it (tag ${foreign[0]})`,
      remedy: `If that installation no longer keeps it, run ${command('take-over')}; if it is a copy of a NetBox that it keeps, run ${command('copy')}.`
    }
  return { tag, isSeen, refused: null, remedy: '' }
}

interface Pending {
  /** Endpoints of ours that keep it, those of the oldest identity first. */
  readonly keepers: readonly KnownNetBox[]
  /** All whose tag was found: of a copy's Endpoint and of the one that was copied, only the first one keeps it. */
  readonly found: readonly KnownNetBox[]
  /** Tags of other installations. */
  readonly foreign: readonly string[]
}

/** Pure: what was found there that is neither ours nor decided. */
function pendingIn({ installation, own, others, found: slugs }: NetBoxFacts): Pending {
  const tags = identityTagsIn(slugs ?? []).filter((slug) => !own.ignoredTags.includes(slug))
  const rows = [own, ...others]
  const ageOf = ({ identity }: KnownNetBox): number =>
    Math.min(...rows.filter((row) => row.identity === identity).map((row) => row.id))
  const tagOf = ({ identity }: KnownNetBox) => identityTag(installation, identity)
  const isSeen = tags.includes(tagOf(own))
  const found = others
    .filter((one) => one.identity !== own.identity)
    .filter((one) => tags.includes(tagOf(one)))
    .filter((one) => !(isSeen && ageOf(own) < ageOf(one)))
    .sort((a, b) => ageOf(a) - ageOf(b) || a.id - b.id)
  const copied = found.flatMap((one) => one.ignoredTags)
  const nearest = found.filter((one) => !copied.includes(tagOf(one)))
  return {
    // Two that are copies of each other leave nobody.
    keepers: nearest.length > 0 ? nearest : found,
    found,
    foreign: tags.filter((slug) => !slug.startsWith(identityTag(installation, '')))
  }
}

/**
 * Pure: an Endpoint keeps a copy, and the copy was made once more: its own tag was there once and is gone, what it was copied
 * from shows again. Its Ledger is about other content. Tags of other installations do not tell: one that was taken over from
 * leaves its tag in what may have been ours ever since.
 */
export function isCopiedAgain({ installation, own, found }: NetBoxFacts): boolean {
  if (found === null || !own.identitySeen) return false
  const isGone = !found.includes(identityTag(installation, own.identity))
  const copied = own.ignoredTags.filter((slug) => slug.startsWith(identityTag(installation, '')))
  return isGone && copied.some((slug) => found.includes(slug))
}

/**
 * Pure: the identity under which this NetBox was kept before, where its Endpoint was removed and a new one is for it now:
 * the only tag there, of this installation and of no Endpoint. Whatever else is there is asked about first, or decided.
 * Several such tags leave open which Ledger is about what is there now.
 */
export function formerIdentityIn({
  installation,
  own,
  others,
  found
}: NetBoxFacts): string | undefined {
  if (own.identitySeen) return undefined
  const tags = identityTagsIn(found ?? []).filter((slug) => !own.ignoredTags.includes(slug))
  const [tag, more] = tags
  const ours = identityTag(installation, '')
  if (tag === undefined || more !== undefined || !tag.startsWith(ours)) return undefined
  const former = tag.slice(ours.length)
  return [own, ...others].some(({ identity }) => identity === former) ? undefined : former
}

/** What a decision changes about an Endpoint. */
export interface TakeOver {
  readonly identity?: string
  readonly identitySeen?: boolean
  readonly ignoredTags?: readonly string[]
}

/**
 * Pure: what a person's answer means. `same`: the row shares identity, Ledger and lease of the Endpoint that keeps the
 * NetBox, and what was decided about it there. `copy`: the row keeps its own identity and ignores what was found; where its Ledger is about other content (its
 * tag was there once and is no longer), it begins anew. `take-over`: tags of other installations are ignored.
 *
 * @throws ProxboxError CONFLICT when nothing is asked, or something else
 */
export function answerOn(
  decision: TakeOverDecision,
  facts: NetBoxFacts,
  newIdentity: () => string
): TakeOver {
  const pending = pendingIn(facts)
  const { own, installation } = facts
  const [keeper] = pending.keepers
  const [foreign] = pending.foreign
  if (keeper === undefined && foreign === undefined)
    throw conflict(
      `Nothing is to be decided about NetBox Endpoint ${own.name}: nobody else kept its NetBox when a Run last looked.`
    )
  const ignoring = (tags: readonly string[]) => ({
    ignoredTags: [...new Set([...own.ignoredTags, ...tags])].sort()
  })
  if (decision === 'same') {
    if (keeper === undefined)
      throw conflict(
        `Another installation keeps it (tag ${foreign}), no Endpoint of this one: answer copy or take-over.`
      )
    return { identity: keeper.identity, identitySeen: true, ...ignoring(keeper.ignoredTags) }
  }
  if (decision === 'take-over') {
    if (foreign === undefined)
      throw conflict(
        `NetBox Endpoint ${keeper?.name} keeps it, no other installation: answer same or copy.`
      )
    return ignoring(pending.foreign)
  }
  const tags = pending.found.map((one) => identityTag(installation, one.identity))
  const isAnew =
    own.identitySeen && facts.found?.includes(identityTag(installation, own.identity)) !== true
  return {
    ...ignoring([...tags, ...pending.foreign]),
    ...(isAnew ? { identity: newIdentity(), identitySeen: false } : {})
  }
}

const conflict = (detail: string) => new ProxboxError('CONFLICT', { detail })

export interface KnownNetBox {
  readonly id: number
  readonly name: string
  readonly identity: string
}

export interface NetBoxVerdict {
  /** Slug of the tag that carries installation and identity in NetBox. */
  readonly tag: string
  readonly isSeen: boolean
  readonly refused: string | null
}

const prefix = 'proxbox-id-'

/** Pure: the slug of an identity tag: `proxbox-id-{installation}-{identity}`. */
const identityTag = (installation: string, identity: string): string =>
  `${prefix}${installation}-${identity}`

/**
 * Pure: may this Endpoint keep the NetBox that carries these identity tags? Two rows for one NetBox are refused with the
 * first one's name, another installation's NetBox with that installation's id (DESIGN §6). When both rows put their tag
 * there at the same moment, the older one keeps it.
 */
export function verdictOnNetBox(facts: {
  installation: string
  own: KnownNetBox
  others: readonly KnownNetBox[]
  found: readonly string[] | null
}): NetBoxVerdict {
  const tag = identityTag(facts.installation, facts.own.identity)
  const found = (facts.found ?? []).filter((slug) => slug.startsWith(prefix))
  const isSeen = found.includes(tag)
  const other = facts.others.find(
    (one) =>
      found.includes(identityTag(facts.installation, one.identity)) &&
      !(isSeen && facts.own.id < one.id)
  )
  const foreign = found.find((slug) => !slug.startsWith(identityTag(facts.installation, '')))
  const refused =
    other !== undefined
      ? `NetBox Endpoint ${other.name} already keeps it`
      : foreign !== undefined
        ? `another installation keeps it (tag ${foreign})`
        : null
  return { tag, isSeen, refused }
}

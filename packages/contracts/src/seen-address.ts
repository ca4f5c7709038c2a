import Type, { type Static } from 'typebox'

/** An address that only the guest itself tells and that NetBox does not have: since when Runs have seen it (ISO). */
export const SeenAddress = Type.Object({
  key: Type.String({ maxLength: 400 }),
  /** `2001:db8::5/64` */
  label: Type.String(),
  /** The guest and its interface, for people: `web net0`. */
  holder: Type.String(),
  since: Type.String()
})
export type SeenAddress = Static<typeof SeenAddress>

/** What a Run has seen of such addresses. */
export const SeenAddresses = Type.Object({
  /** Those that are not written yet. */
  waiting: Type.Array(SeenAddress),
  /** Of these, those that no Run has seen before. */
  begun: Type.Array(SeenAddress),
  /** Keys of those that a list which was read whole has no more: seen again, their time begins anew. */
  ended: Type.Array(Type.String({ maxLength: 400 }))
})
export type SeenAddresses = Static<typeof SeenAddresses>

/** How long such an IPv6 address must have been seen: privacy addresses change every day (RFC 8981). */
export const addressPatienceHours = 24

/** Pure: when an address that is seen since then may be written (ISO). */
export const waitsUntil = (since: string): string =>
  new Date(Date.parse(since) + addressPatienceHours * 3_600_000).toISOString()

import { type KindName, kindNames, kinds } from '@proxbox/contracts'

/** Kinds with fields that are sent when all else exists. */
export const lateKinds: ReadonlySet<KindName> = new Set(
  kindNames.filter((kind) => Object.values(kinds[kind].fields).some(({ late }) => late === true))
)

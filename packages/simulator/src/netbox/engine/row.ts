/** A stored object: raw values (ids for references, choice values, ISO times). Never mutated. */
export type Row = { readonly id: number } & Readonly<Record<string, unknown>>

/** A row under construction. */
export type Draft = Record<string, unknown>

/** NetBox minor versions, 4.x. */
export type Minor = 5 | 6 | 7

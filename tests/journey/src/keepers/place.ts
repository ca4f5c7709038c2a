/** Where a NetBox answers, and the token that opens it. */
export interface Place {
  readonly url: string
  readonly token: string
}

/** A NetBox that was made from another one's database, as staging is made from production. */
export interface CopyPlace extends Place {
  /** The other one's dump of now is restored into it: all that it held is gone. */
  restore(): Promise<void>
  /** A NetBox of nobody, with nothing in it. */
  empty(): Promise<void>
}

/** NetBoxes that nobody keeps yet; whoever made them ends them. */
export interface Ground {
  readonly production: Place
  /** A copy of production as it is now, with the same tokens. */
  copy(): Promise<CopyPlace>
}

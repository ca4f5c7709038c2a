/** `id:` of an SSE event: the stream's creation in base 36 and the stream sequence, so that a recreated stream is noticed. */
export interface FeedId {
  readonly epoch: string
  readonly sequence: number
}

/** Pure: the epoch of a stream from its creation time. */
export const epochOf = (created: string): string => Date.parse(created).toString(36)

export const feedIdText = (id: FeedId): string => `${id.epoch}-${id.sequence}`

/** Pure: what a client sent back as Last-Event-ID; undefined for anything else. */
export function feedIdFrom(text: string | undefined): FeedId | undefined {
  const [, epoch, sequence] = /^([0-9a-z]{1,12})-(\d{1,15})$/.exec(text ?? '') ?? []
  return epoch === undefined || sequence === undefined
    ? undefined
    : { epoch, sequence: Number(sequence) }
}

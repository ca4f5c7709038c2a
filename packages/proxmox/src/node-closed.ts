/** The node is not asked any more in this Run; the cause is the failure after which it was closed. */
export class NodeClosedError extends Error {
  override readonly name = 'NodeClosedError'

  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

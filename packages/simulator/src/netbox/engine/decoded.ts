/** What became of a value of a request: the value as it is stored, or what the serializer says to it. */
export type Decoded = { readonly value: unknown } | { readonly error: unknown }

export const fail = (message: string): Decoded => ({ error: [message] })

import type { FastifyRequest } from 'fastify'

/** Pure: where this client sees us, without trailing slash. */
export const baseUrlOf = (
  request: Pick<FastifyRequest, 'protocol' | 'host'>,
  publicUrl: string | undefined
): string => publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`

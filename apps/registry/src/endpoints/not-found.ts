import { ProxboxError } from '@proxbox/contracts'

export const notFound = (what: string, id: number | string): ProxboxError =>
  new ProxboxError('NOT_FOUND', { what, id: `id ${id}` })

/** The five services. */
export const serviceNames = [
  'gateway',
  'registry',
  'orchestrator',
  'inventory',
  'collector'
] as const
export type ServiceName = (typeof serviceNames)[number]

/** Users of the bus that are not services: `integration` may only subscribe, `partner` may also call the gateway. */
export const foreignUsers = ['integration', 'partner'] as const
export type BusUser = ServiceName | (typeof foreignUsers)[number]

/** Headers of a call on the bus and, the same, of the injected request. */
export const callHeaders = {
  principal: 'proxbox-principal',
  requestId: 'x-request-id',
  deadline: 'proxbox-deadline',
  baseUrl: 'proxbox-base-url'
} as const

/** Headers by which the orchestrator tells the collector whose work it is. */
export const leaseHeaders = { run: 'proxbox-run', attempt: 'proxbox-attempt' } as const

/** Largest request, one reply part and a joined reply on the bus, in bytes. */
export const callLimits = {
  requestBytes: 512 * 1024,
  partBytes: 512 * 1024,
  replyBytes: 32 * 1024 * 1024
} as const

/** Largest page of facts from the collector to the inventory. */
export const factLimits = { rows: 500, bytes: 256 * 1024 } as const

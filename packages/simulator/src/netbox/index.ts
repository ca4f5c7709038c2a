export type { Dump } from './engine/dump.ts'
export type {
  Request as NetBoxRequest,
  Response as NetBoxResponse,
  Token
} from './engine/message.ts'
export { type Fault, type FaultMatch, FaultPlan } from './faults.ts'
export { type RequestCounts, type RequestEntry, RequestLog } from './request-log.ts'
export {
  type Hook,
  type HookedRequest,
  type NetBoxServer,
  type NetBoxServerOptions,
  openNetBoxServer,
  type Phase,
  type TokenOptions
} from './server.ts'
export { createNetBox, type NetBoxOptions, type NetBoxState, type NetBoxVersion } from './state.ts'

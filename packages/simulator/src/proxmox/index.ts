export {
  authorizationOf,
  type Caller,
  type RequestAuth,
  ticketFor
} from './access.ts'
export { answer, type PveAnswer, type PveRequest } from './answer.ts'
export { answerFaulted, type FaultedAnswer } from './answer-faulted.ts'
export {
  createFaultPlan,
  type Fault,
  type FaultKind,
  type FaultPlan,
  type FaultTarget,
  faultKinds
} from './faults.ts'
export { digestOf } from './measures.ts'
export type { LoggedRequest, RequestLog } from './request-log.ts'
export { openProxmoxServer, type ProxmoxServer, type ProxmoxServerOptions } from './server.ts'
export {
  addGuest,
  addToken,
  guestOf,
  migrateGuest,
  nodeOf,
  removeGuest,
  renameGuest,
  setAddresses,
  setAgent,
  setConfig,
  setNodeOnline,
  setPending,
  setPower,
  setPrivileges
} from './world/change-world.ts'
export { createWorld } from './world/create-world.ts'
export { agentPrivilege, allPrivileges, auditorPrivileges } from './world/privileges.ts'
export { type Random, randomFrom } from './world/random.ts'
export type {
  AccessRule,
  Address,
  AgentBehaviour,
  Backup,
  Config,
  ConfigValue,
  Guest,
  NetworkRow,
  OsInfo,
  RuntimeInterface,
  Snapshot,
  Storage,
  Task,
  Token,
  User,
  Version,
  World,
  WorldNode,
  WorldOptions
} from './world/world-shape.ts'

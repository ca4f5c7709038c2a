export {
  Adoption,
  approvableGuards,
  Change,
  Conflict,
  changeText,
  conflictCodes,
  DecisionRule,
  HeldChange,
  Kept,
  Notice,
  Outcome,
  Plan,
  PlanStep,
  Quarantined,
  quarantineMinutes,
  Why
} from './changes.ts'
export {
  type Channel,
  type ChannelName,
  callSubject,
  channels,
  type StreamSpec,
  streams,
  subjectOf,
  subjectPattern
} from './channels.ts'
export {
  type CountedAt,
  countedAt,
  type HolderCounts,
  type HoldersAsked
} from './counted-at.ts'
export {
  choiceOf,
  defaultSettings,
  type EndpointKind,
  endpointKinds,
  FastAPIEndpoint,
  fastapiEndpointWrite,
  NetBoxConnection,
  NetBoxEndpoint,
  netboxEndpointWrite,
  ProxmoxConnection,
  ProxmoxEndpoint,
  proxmoxEndpointWrite,
  Settings,
  SettingsWrite,
  writeModes
} from './endpoints.ts'
export {
  type Disposition,
  type ErrorCode,
  type ErrorData,
  type ErrorDefinition,
  type ErrorFacts,
  errorFacts,
  errorFromFacts,
  errorTable,
  ProxboxError
} from './errors.ts'
export {
  ClusterEstate,
  Disk,
  Estate,
  Gap,
  Guest,
  GuestConfig,
  GuestInterface,
  gapFacets,
  gapKey,
  gapReasons,
  gapsOf,
  guestStatuses,
  Nic,
  Node,
  NodeInterface,
  Storage
} from './estate.ts'
export {
  type BackendEvent,
  CompleteEvent,
  CompleteResult,
  Counts,
  ErrorEvent,
  type Event,
  type Frame,
  frameEventHeader,
  frameFrom,
  frameLimits,
  GapFacts,
  outcomes,
  ReportedError,
  StateEvent,
  StepEvent,
  stepStatuses
} from './events.ts'
export {
  CurrentItem,
  type Fields,
  FieldsSchema,
  type FieldValue,
  FieldValueSchema,
  Item,
  isRef,
  KindSchema,
  netboxIdFrom,
  netboxKey,
  Ref
} from './items.ts'
export {
  customFieldPolicy,
  type FieldSpec,
  fieldSpec,
  type KindName,
  type KindSpec,
  kindNames,
  kindOfModel,
  kinds,
  type Policy,
  policyNames,
  versionHas
} from './kinds.ts'
export { Intent, LedgerRow } from './ledger.ts'
export { Principal } from './principal.ts'
export { routeOf, routes, routesOf } from './routes/index.ts'
export { InventoryItem, RunChange } from './routes/inventory.ts'
export { KeepaliveReply, syncOperation, TestFinding, TestReply } from './routes/orchestrator.ts'
export { ClusterEvidence, ClusterIdentity, NetBoxIdentity } from './routes/registry.ts'
export {
  Explanation,
  ItemExplanation,
  PlanPage,
  StoredConflict,
  StoredGap
} from './routes/review.ts'
export { apiPrefix, IdParams, ListQuery, listOf, type Route, RunParams } from './routes/route.ts'
export {
  isEnded,
  LeaseState,
  Run,
  type RunMode,
  RunOptions,
  RunScope,
  type RunState,
  runModes,
  runOrigins,
  runStates,
  SyncRequest
} from './runs.ts'
export {
  type BusUser,
  callHeaders,
  callLimits,
  factLimits,
  foreignUsers,
  leaseHeaders,
  type ServiceName,
  serviceNames
} from './services.ts'
export {
  orderedSyncTypes,
  type StreamPath,
  type SyncType,
  streamPaths,
  syncTypes
} from './sync-types.ts'

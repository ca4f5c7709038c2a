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
  missedCustomField,
  missedRemedy,
  NamedConflict,
  Notice,
  Outcome,
  ownValues,
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
  type Fates,
  type HolderCounts,
  type HoldersAsked,
  type ObjectsAsked
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
  Storage,
  Vnet
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
  stepStatuses,
  sumOf
} from './events.ts'
export {
  CurrentItem,
  clusterKey,
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
export { customFieldPolicy, fieldSpec, kindOfModel, kinds, versionHas } from './kinds/index.ts'
export { type KindName, kindNames } from './kinds/kind-names.ts'
export { type FieldSpec, type KindSpec, type Policy, policyNames } from './kinds/kind-spec.ts'
export { isPart, labelAfter, labelAt, ownName } from './labels.ts'
export { Intent, LedgerRow } from './ledger.ts'
export { Principal } from './principal.ts'
export { routeOf, routes, routesOf } from './routes/index.ts'
export { RunChange } from './routes/inventory/changes.ts'
export { StoredConflict } from './routes/inventory/conflicts.ts'
export { StoredGap } from './routes/inventory/gaps.ts'
export { Explanation, InventoryItem, ItemExplanation } from './routes/inventory/items.ts'
export { PlanMarkdownPage, PlanPage } from './routes/inventory/plans.ts'
export { KeepaliveReply, syncOperation, TestFinding, TestReply } from './routes/orchestrator.ts'
export {
  ClusterEvidence,
  ClusterIdentity,
  InUse,
  NetBoxIdentity
} from './routes/registry/identities.ts'
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
  addressPatienceHours,
  SeenAddress,
  SeenAddresses,
  waitsUntil
} from './seen-address.ts'
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

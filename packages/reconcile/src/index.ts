export { desiredItems } from './desired/desired-items.ts'
export { leavingObjects } from './going-away/leaving-objects.ts'
export { alone } from './guards/alone.ts'
export { withoutMissing } from './guards/references.ts'
export { matchItems } from './identity/match.ts'
export type { Matched, Matching } from './identity/matching.ts'
export {
  addressKey,
  clusterKey,
  customFieldKey,
  deviceKey,
  diskKey,
  type GuestType,
  guestInterfaceKey,
  guestKey,
  guestOf,
  interfaceOf,
  macKey,
  nodeInterfaceKey,
  platformKey,
  scaffoldKey,
  siteKey,
  tagKey,
  vlanGroupKey,
  vlanKey
} from './key-of.ts'
export { fieldsFor, kindsFor } from './kinds-for.ts'
export type {
  ClusterConnection,
  Desired,
  DesiredOptions,
  EndpointOptions,
  HeldCluster
} from './options.ts'
export { orderChanges } from './order/order.ts'
export { planChanges } from './plan.ts'
export type { PlanInput } from './plan-input.ts'
export { hiddenParts, partsToCount } from './sight/hidden-parts.ts'
export { whatToAsk } from './sight/what-to-ask.ts'
export { planUndo } from './undo/plan-undo.ts'
export type { UndoInput } from './undo/undo-context.ts'

export { type Bench, benchOver, inProcess } from './bench.ts'
export { Killed } from './execute.ts'
export { firstPlan } from './fixtures/first-plan.ts'
export { fixtures } from './fixtures/index.ts'
export { Inventory, type StoredRun } from './inventory.ts'
export { type Law, law, prove } from './law.ts'
export { laws } from './laws/index.ts'
export { undoTakesBack } from './laws/undo.ts'
export { clusterOf, plainGuest } from './many-guests.ts'
export { type Scenario, scenarios as identityScenarios } from './scenarios/index.ts'
export { endpointDefaults, Session, type SessionOptions } from './session.ts'
export { difference, type NetBoxSide, Refused } from './sides/netbox-side.ts'
export {
  type NetBoxPlace,
  type OpenSide,
  openOverHttp,
  openSimulator
} from './sides/over-http.ts'
export { Store } from './sides/store.ts'
export { Storm } from './storm/storm.ts'
export type { Eyes } from './troubles/eyes.ts'
export { troubles } from './troubles/troubles.ts'

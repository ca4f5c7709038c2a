export { type AppOptions, buildApp } from './app.ts'
export { baseConfig, encryptionKey, readConfig, secretText } from './config.ts'
export { openDaysSetting } from './days-setting.ts'
export { type ReadinessChecks, registerHealth } from './health.ts'
export { openLogger } from './logger.ts'
export {
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf,
  textsOf
} from './paging.ts'
export { FieldErrors, type Problem, problemFrom } from './problem.ts'
export { type Purged, type Retention, startRetention } from './retention.ts'
export {
  type HandledRequest,
  type Handler,
  handler,
  injectHeaders,
  registerRoutes
} from './routes.ts'
export { runService } from './run-service.ts'
export {
  type RunningService,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts,
  startService
} from './start-service.ts'

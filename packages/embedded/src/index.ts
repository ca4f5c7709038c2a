export { readTestEnvironment } from './config.ts'
export { findNatsServer, type NatsBinary } from './find-nats-server.ts'
export { type NatsServer, openNats } from './nats-server.ts'
export { createNkey, type Nkey } from './nkey.ts'
export { openPostgres, type PostgresServer } from './postgres.ts'
export { samePort } from './same-port.ts'
export type { Child, Exit } from './spawn-child.ts'
export { StartFailed } from './start-failed.ts'
export {
  type ChildDescription,
  type ChildEvent,
  type ProcessDescription,
  type ServerDescription,
  type Supervisor,
  supervise
} from './supervise.ts'
export { openTestNats, openTestPostgres } from './testing.ts'

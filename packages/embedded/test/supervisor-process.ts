// A supervisor as `proxbox up` has one: run as a child by the tests, which kill it in various ways.
import { join } from 'node:path'
import { readTestEnvironment } from '../src/config.ts'
import {
  findNatsServer,
  openNats,
  openPostgres,
  type ProcessDescription,
  samePort,
  supervise
} from '../src/index.ts'
import { reaperPid } from '../src/reaper.ts'

const [folder = ''] = process.argv.slice(2)
const stopping = new AbortController()
process.on('SIGINT', () => stopping.abort())
process.on('SIGTERM', () => stopping.abort())

const { path: binary } = await findNatsServer(readTestEnvironment())
const service: ProcessDescription = {
  name: 'service',
  command: process.execPath,
  args: [join(import.meta.dirname, 'service-process.ts')],
  env: {},
  cwd: folder,
  logFile: join(folder, 'service.log')
}
const supervisor = await supervise(
  {
    groups: [
      [
        {
          name: 'nats',
          start: samePort((port, signal) =>
            openNats({ binary, dataDir: join(folder, 'nats'), port }, signal)
          )
        },
        {
          name: 'postgres',
          start: samePort((port, signal) =>
            openPostgres({ dataDir: join(folder, 'postgres'), port }, signal)
          )
        }
      ],
      [service]
    ],
    onEvent: (event) => process.send?.(event)
  },
  stopping.signal
)
process.send?.({ pids: { ...supervisor.pids(), reaper: reaperPid() } })
stopping.signal.addEventListener('abort', () => {
  void supervisor.stop().then(() => process.disconnect())
})

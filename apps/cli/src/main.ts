import { runCli } from './cli.ts'
import { environment } from './config.ts'

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stopping.abort(new Error(name)))
}
// Whoever read our output is gone (`proxbox runs | head -1`); there is nobody left to tell.
process.stdout.on('error', () => stopping.abort(new Error('EPIPE')))
const { stdout, stderr } = process
process.exitCode = await runCli(process.argv.slice(2), environment, {
  stdout,
  stderr,
  signal: stopping.signal
})

import { environment } from './config.ts'
import { runCli } from './cli.ts'

process.exitCode = await runCli(process.argv.slice(2), environment)

import { runService } from '@proxbox/service-kit'
import { orchestrator } from './app.ts'
import { environment } from './config.ts'

await runService(orchestrator, environment)

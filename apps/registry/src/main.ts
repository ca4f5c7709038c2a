import { runService } from '@proxbox/service-kit'
import { registry } from './app.ts'
import { environment } from './config.ts'

await runService(registry, environment)

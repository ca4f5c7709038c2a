import { runService } from '@proxbox/service-kit'
import { gateway } from './app.ts'
import { environment } from './config.ts'

await runService(gateway, environment)

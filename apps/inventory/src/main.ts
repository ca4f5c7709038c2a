import { runService } from '@proxbox/service-kit'
import { inventory } from './app.ts'
import { environment } from './config.ts'

await runService(inventory, environment)

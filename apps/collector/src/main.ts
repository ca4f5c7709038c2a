import { runService } from '@proxbox/service-kit'
import { collector } from './app.ts'
import { environment } from './config.ts'

await runService(collector, environment)

import type { Command } from 'commander'
import type { Perform } from './context.ts'
import { doctorCommand } from './doctor.ts'
import { addEndpointCommands } from './endpoint-commands.ts'
import { type Json, json } from './json-option.ts'
import { natsCredsCommand } from './nats-creds.ts'
import { openapiCommand } from './openapi.ts'
import { addReviewCommands } from './review-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { versionCommand } from './version.ts'

/** The commands that speak to a running gateway: PROXBOX_URL and PROXBOX_TOKEN, else the local stack. */
export function addApiCommands(program: Command, perform: Perform): void {
  addEndpointCommands(program, perform)
  addRunCommands(program, perform)
  addReviewCommands(program, perform)
  program
    .command('doctor')
    .description('what runs, what does not, and what to do about it')
    .option(...json)
    .action(({ json: isJson = false }: Json) => perform(isJson, doctorCommand))
  program
    .command('openapi')
    .description('print the OpenAPI document of the REST API')
    .option(...json)
    .action(({ json: isJson = false }: Json) => perform(isJson, openapiCommand))
  program
    .command('nats')
    .description('access to the bus for other programs')
    .command('creds <user>')
    .description('address and nkey seed of integration (reads) or partner (reads and calls)')
    .option(...json)
    .action((user: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => natsCredsCommand(context, user))
    )
  program
    .command('version')
    .description('versions of this program and of Node')
    .option(...json)
    .action(({ json: isJson = false }: Json) => perform(isJson, versionCommand))
}

import type { Command } from 'commander'
import type { Perform } from './context.ts'
import { doctorCommand } from './doctor.ts'
import { addEndpointCommands } from './endpoint-commands.ts'
import { natsCredsCommand } from './nats-creds.ts'
import { numberOption } from './number-option.ts'
import { openapiCommand } from './openapi.ts'
import {
  runActionCommand,
  runsCommand,
  type SyncOptions,
  showCommand,
  syncCommand,
  watchCommand
} from './runs.ts'
import { versionCommand } from './version.ts'

interface Json {
  readonly json?: boolean
}

const json = ['--json', 'JSON and nothing else'] as const

/** The commands that speak to a running gateway: PROXBOX_URL and PROXBOX_TOKEN, else the local stack. */
export function addApiCommands(program: Command, perform: Perform): void {
  addEndpointCommands(program, perform)
  addSyncCommands(program, perform)
  addRunCommands(program, perform)
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

function addSyncCommands(program: Command, perform: Perform): void {
  const scoped = (name: string, description: string) =>
    program
      .command(`${name} [types...]`)
      .description(description)
      .option('--proxmox <id...>', 'only these Proxmox Endpoints')
      .option('--netbox <id...>', 'only these NetBox Endpoints; default: all enabled')
      .option('--vm <id...>', 'only these virtual machines, by their id in that NetBox')
      .option(...json)
  scoped('sync', 'enqueue a Run per NetBox; without types everything')
    .option(
      '--wait',
      'follow to the end; exit 0 done, 1 failed, 2 degraded or waiting for approval'
    )
    .action((types: string[], { json: isJson = false, ...options }: SyncOptions & Json) =>
      perform(isJson, (context) => syncCommand(context, types, options))
    )
  scoped('plan', 'show what a sync would write; exit 0 nothing differs, 1 error, 2 changes').action(
    (types: string[], { json: isJson = false, ...options }: SyncOptions & Json) =>
      perform(isJson, (context) =>
        syncCommand(context, types, { ...options, mode: 'plan', wait: true })
      )
  )
}

function addRunCommands(program: Command, perform: Perform): void {
  program
    .command('runs')
    .description('the newest Runs')
    .option('--limit <n>', 'how many', numberOption(1, 1000), 20)
    .option(...json)
    .action(({ json: isJson = false, limit }: Json & { limit: number }) =>
      perform(isJson, (context) => runsCommand(context, limit))
    )
  program
    .command('show <run>')
    .description('a Run and what it did')
    .option('--changes', 'each Change as well')
    .option(...json)
    .action((run: string, { json: isJson = false, ...options }: Json & { changes?: boolean }) =>
      perform(isJson, (context) => showCommand(context, run, options))
    )
  program
    .command('watch [run]')
    .description('follow a Run, the newest when none is named')
    .option(...json)
    .action((run: string | undefined, { json: isJson = false }: Json) =>
      perform(isJson, (context) => watchCommand(context, run))
    )
  const act = (name: string, operation: Parameters<typeof runActionCommand>[1], about: string) =>
    program
      .command(`${name} <run>`)
      .description(about)
      .option('--wait', 'follow to the end')
      .option(...json)
      .action((run: string, { json: isJson = false, wait = false }: Json & { wait?: boolean }) =>
        perform(isJson, (context) => runActionCommand(context, operation, run, wait))
      )
  act('cancel', 'cancelRun', 'cancel a Run; reject one that waits for approval')
  act('approve', 'approveRun', 'write what a Run has planned')
  act('rerun', 'rerunRun', 'enqueue the same Run again')
}

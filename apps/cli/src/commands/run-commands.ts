import { syncTypes } from '@proxbox/contracts'
import type { Command } from 'commander'
import { applyCommand } from './apply.ts'
import type { Perform } from './context.ts'
import { type Json, json } from './json-option.ts'
import { numberOption } from './number-option.ts'
import { type PlanOptions, planCommand } from './plan.ts'
import {
  runActionCommand,
  runsCommand,
  type ShowOptions,
  showCommand,
  watchCommand
} from './runs.ts'
import { type SyncOptions, syncCommand } from './sync.ts'
import { undoCommand } from './undo.ts'

const planHelp = `
Exit codes: 0 nothing differs, 1 error, 2 found Changes or something could not be read.
With --json: the events of the Run, then each row of the Plan, then its SHA-256 and conflicts, a line each.`

/** Everything about Runs: starting, watching, approving, applying and undoing them. */
export function addRunCommands(program: Command, perform: Perform): void {
  addSyncCommands(program, perform)
  addReadCommands(program, perform)
  addActions(program, perform)
}

function addSyncCommands(program: Command, perform: Perform): void {
  const scoped = (name: string, description: string) =>
    program
      .command(name)
      .argument('[types...]', syncTypes.join(', '))
      .description(description)
      .option('--proxmox <endpoint...>', 'only these Proxmox Endpoints, by id or name')
      .option(
        '--netbox <endpoint...>',
        'only these NetBox Endpoints, by id or name; default: all enabled'
      )
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
  scoped('plan', 'show what a sync would write, per object and field')
    .option(
      '-o, --out <file>',
      'also write the Plan to FILE.json or FILE.md; "apply" takes the .json'
    )
    .addHelpText('after', planHelp)
    .action((types: string[], { json: isJson = false, ...options }: PlanOptions & Json) =>
      perform(isJson, (context) => planCommand(context, types, options))
    )
}

function addReadCommands(program: Command, perform: Perform): void {
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
    .option('--changes', 'what became of each Change as well')
    .option('--plan', 'the Plan that it has stored as well: before, after and why')
    .option('-o, --out <file>', 'write that Plan to FILE.json or FILE.md')
    .option(...json)
    .action((run: string, { json: isJson = false, ...options }: Json & ShowOptions) =>
      perform(isJson, (context) => showCommand(context, run, options))
    )
  program
    .command('watch [run]')
    .description('follow a Run, the newest when none is named')
    .option(...json)
    .action((run: string | undefined, { json: isJson = false }: Json) =>
      perform(isJson, (context) => watchCommand(context, run))
    )
}

function addActions(program: Command, perform: Perform): void {
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
  act('approve', 'approveRun', 'write what a Run has planned; "apply" also follows it')
  act('rerun', 'rerunRun', 'enqueue the same Run again')
  program
    .command('apply <run|file>')
    .description('write what a Run has planned, or a file of "plan -o", and follow it to the end')
    .option(...json)
    .action((target: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => applyCommand(context, target))
    )
  program
    .command('undo <run>')
    .description('take back what a Run has written, but for what changed since')
    .option('--plan', 'only show what it would do')
    .option(...json)
    .action((run: string, { json: isJson = false, ...options }: Json & { plan?: boolean }) =>
      perform(isJson, (context) => undoCommand(context, run, options))
    )
}

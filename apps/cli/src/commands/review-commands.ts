import type { Command } from 'commander'
import { decideConflict, listConflicts, showConflict } from './conflicts.ts'
import type { Perform } from './context.ts'
import { explainCommand } from './explain.ts'
import { acknowledgeGap, listGaps } from './gaps.ts'
import { type Json, json } from './json-option.ts'
import { listQuarantine, releaseItem } from './quarantine.ts'

interface All extends Json {
  readonly all?: boolean
}

/** What a person reviews and decides: why an Item is as it is, conflicts, gaps, quarantine. */
export function addReviewCommands(program: Command, perform: Perform): void {
  program
    .command('explain <item> [field]')
    .description(
      'why an Item is as it is; ITEM: its id, its key, an address, or the name of a VM or device that is unique'
    )
    .option(...json)
    .action((item: string, field: string | undefined, { json: isJson = false }: Json) =>
      perform(isJson, (context) => explainCommand(context, item, field))
    )
  addConflicts(program, perform)
  addGaps(program, perform)
  addQuarantine(program, perform)
}

function addConflicts(program: Command, perform: Perform): void {
  const conflicts = program
    .command('conflicts')
    .description('what NetBox and Proxmox both claim, for a person to decide')
  conflicts
    .command('list', { isDefault: true })
    .description('those that wait for a decision')
    .option('--all', 'also those decided or gone')
    .option(...json)
    .action(({ json: isJson = false, ...options }: All) =>
      perform(isJson, (context) => listConflicts(context, options))
    )
  conflicts
    .command('show <id>')
    .description('both sides, and the possible decisions')
    .option(...json)
    .action((id: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => showConflict(context, id))
    )
  conflicts
    .command('decide <id> <decision>')
    .description('answer it, now and in every later Run')
    .option(...json)
    .action((id: string, decision: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => decideConflict(context, id, decision))
    )
}

function addGaps(program: Command, perform: Perform): void {
  const gaps = program.command('gaps').description('what could not be read in Proxmox')
  gaps
    .command('list', { isDefault: true })
    .description('those of the last Runs')
    .option('--all', 'also those that can be read again')
    .option(...json)
    .action(({ json: isJson = false, ...options }: All) =>
      perform(isJson, (context) => listGaps(context, options))
    )
  gaps
    .command('acknowledge <id>')
    .description('it stays listed and degrades no Run until then')
    .requiredOption('--until <date>', '2027-01-31, 2027-01-31T12:00:00Z, or none to take it back')
    .option(...json)
    .action((id: string, { json: isJson = false, until }: Json & { until: string }) =>
      perform(isJson, (context) => acknowledgeGap(context, id, until))
    )
}

function addQuarantine(program: Command, perform: Perform): void {
  const quarantine = program
    .command('quarantine')
    .description('objects that NetBox refused, which are sent again after growing pauses')
  quarantine
    .command('list', { isDefault: true })
    .description("each with NetBox's own words")
    .option(...json)
    .action(({ json: isJson = false }: Json) => perform(isJson, listQuarantine))
  quarantine
    .command('release <item>')
    .description('the next Run sends it again; by id, key or name')
    .option(...json)
    .action((item: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => releaseItem(context, item))
    )
}

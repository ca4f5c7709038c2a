import { type Command, Option } from 'commander'
import type { Perform } from './context.ts'
import { testEndpoint } from './endpoint-test.ts'
import { listEndpoints, removeEndpoint, writeEndpoint } from './endpoints.ts'
import { type Json, json } from './json-option.ts'
import { collected } from './number-option.ts'
import { type TakeOver, takeOverCommand, takeOverDecisions } from './take-over.ts'

interface Write extends Json {
  readonly policy?: readonly string[]
}

const policy = [
  '--policy <kind.field=policy>',
  'who owns a field: source, merge, fill, own, default; may be given again',
  collected
] as const
const values = 'FIELD=@FILE reads a file, FIELD=- standard input: keeps secrets out of the history'
const examples = `
Examples:
  proxbox endpoint add netbox lab domain=netbox.example.org token=@netbox-token.txt
  proxbox endpoint add proxmox pve domain=pve1.example.org \\
    token_name='proxbox@pve!sync' token_value=@pve-token.txt fingerprint_sha256=AB:CD:…`

/** `proxbox endpoint …` */
export function addEndpointCommands(program: Command, perform: Perform): void {
  const endpoint = program
    .command('endpoint')
    .description('the Proxmox, NetBox and sync backends that Proxbox knows')
    // With their arguments the names leave no room for a description in 80 columns.
    .configureHelp({ subcommandTerm: (one) => one.name() })
  endpoint
    .command('list [kind]')
    .description('kind: proxmox, netbox, fastapi; default: all')
    .option(...json)
    .action((kind: string | undefined, { json: isJson = false }: Json) =>
      perform(isJson, (context) => listEndpoints(context, kind))
    )
  endpoint
    .command('add <kind> <name> <field=value...>')
    .summary('store a new one')
    .description(values)
    .option(...policy)
    .option(...json)
    .addHelpText('after', examples)
    .action(
      (kind: string, name: string, fields: string[], { json: isJson = false, ...more }: Write) =>
        perform(isJson, (context) =>
          writeEndpoint(context, kind, { name, isNew: true, policies: more.policy ?? [] }, fields)
        )
    )
  endpoint
    .command('set <kind> <endpoint> [field=value...]')
    .summary('change one')
    .description(`by id or name; ${values}`)
    .option(...policy)
    .option(...json)
    .action(
      (kind: string, name: string, fields: string[], { json: isJson = false, ...more }: Write) =>
        perform(isJson, (context) =>
          writeEndpoint(context, kind, { name, isNew: false, policies: more.policy ?? [] }, fields)
        )
    )
  addEndpointActions(endpoint, perform)
}

function addEndpointActions(endpoint: Command, perform: Perform): void {
  endpoint
    .command('take-over <netbox>')
    .description('answer whose a NetBox is that another Endpoint or installation keeps')
    .addOption(
      new Option('--as <what>', 'same server, a copy with an empty Ledger, or taken over')
        .choices(takeOverDecisions)
        .makeOptionMandatory()
    )
    .option(...json)
    .action((name: string, { json: isJson = false, as }: Json & { as: TakeOver }) =>
      perform(isJson, (context) => takeOverCommand(context, name, as))
    )
  endpoint
    .command('remove <kind> <endpoint>')
    .description('by id or name; nothing is deleted in NetBox')
    .option(...json)
    .action((kind: string, name: string, { json: isJson = false }: Json) =>
      perform(isJson, (context) => removeEndpoint(context, kind, name))
    )
  endpoint
    .command('test <kind> <endpoint>')
    .description('what is missing, and the command that mends it')
    .option('--trust', 'store the cluster CA of a Proxmox whose fingerprint you have checked')
    .option(...json)
    .action(
      (
        kind: string,
        name: string,
        { json: isJson = false, ...options }: Json & { trust?: boolean }
      ) => perform(isJson, (context) => testEndpoint(context, kind, name, options))
    )
}

import type { Command } from 'commander'
import type { Perform } from './context.ts'
import { listEndpoints, removeEndpoint, testEndpoint, writeEndpoint } from './endpoints.ts'

interface Json {
  readonly json?: boolean
}

const json = ['--json', 'JSON and nothing else'] as const
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
  endpoint
    .command('list [kind]')
    .description('kind: proxmox, netbox, fastapi; default: all')
    .option(...json)
    .action((kind: string | undefined, { json: isJson = false }: Json) =>
      perform(isJson, (context) => listEndpoints(context, kind))
    )
  endpoint
    .command('add <kind> <name> <field=value...>')
    .description(values)
    .option(...json)
    .addHelpText('after', examples)
    .action((kind: string, name: string, fields: string[], { json: isJson = false }: Json) =>
      perform(isJson, (context) => writeEndpoint(context, kind, { name, isNew: true }, fields))
    )
  endpoint
    .command('set <kind> <endpoint> <field=value...>')
    .description(`by id or name; ${values}`)
    .option(...json)
    .action((kind: string, name: string, fields: string[], { json: isJson = false }: Json) =>
      perform(isJson, (context) => writeEndpoint(context, kind, { name, isNew: false }, fields))
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

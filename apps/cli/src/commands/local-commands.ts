import { type Command, Option } from 'commander'
import type { Perform } from './context.ts'
import { type DemoOptions, demoCommand } from './demo.ts'
import type { Json } from './json-option.ts'
import { numberOption } from './number-option.ts'
import {
  type SimulateNetBoxOptions,
  type SimulateProxmoxOptions,
  simulateNetBox,
  simulateProxmox
} from './simulate.ts'
import { upCommand } from './up.ts'

const count = numberOption(0, 100_000)
const seed = numberOption(0, 2 ** 31 - 1)
const port = numberOption(0, 65_535)

/** The commands that run something on this machine. */
export function addLocalCommands(program: Command, perform: Perform): void {
  program
    .command('up')
    .description('run the whole system until Ctrl-C')
    .option('--json', 'one object on the first line once it runs')
    .action(({ json = false }: Json) => perform(json, upCommand))
  program
    .command('demo')
    .description(
      'the same with simulated clusters and a NetBox; shows a first and an unchanged Run'
    )
    .option('--once', 'exit after the two Runs; 0 when all went well', false)
    .option('--guests <n>', 'guests of each cluster', count, 60)
    .option('--clusters <n>', 'simulated Proxmox clusters', numberOption(1, 20), 1)
    .option('--seed <n>', 'the same seed gives the same clusters', seed, 1)
    .option('--json', 'JSON lines; the last one is the result')
    .action(({ json = false, ...options }: DemoOptions & Json) =>
      perform(json, (context) => demoCommand(context, options))
    )
  addSimulate(program, perform)
}

const netboxVersions = { '4.5': '4.5.9', '4.6': '4.6.8', '4.7': '4.7.3' } as const

function addSimulate(program: Command, perform: Perform): void {
  const simulate = program
    .command('simulate')
    .description('run a server that behaves as the real one')
  const json = 'how to reach it as one object on the first line'
  simulate
    .command('proxmox')
    .description('a Proxmox VE cluster over HTTPS')
    .option('--guests <n>', 'guests', count, 20)
    .option('--nodes <n>', 'nodes', numberOption(1, 64), 3)
    .option('--seed <n>', 'the same seed gives the same cluster', seed, 1)
    .addOption(
      new Option('--version <version>', 'Proxmox VE').choices(['7.4', '8.4', '9.2']).default('8.4')
    )
    .option('--port <n>', '0: a free one', port, 0)
    .option('--json', json)
    .action(({ json: isJson = false, ...options }: SimulateProxmoxOptions & Json) =>
      perform(isJson, (context) => simulateProxmox(context, options))
    )
  simulate
    .command('netbox')
    .description('an empty NetBox over HTTP')
    .addOption(
      new Option('--version <version>', 'NetBox')
        .choices(Object.keys(netboxVersions))
        .default('4.7')
    )
    .option('--seed <n>', 'the same seed gives the same token', seed, 1)
    .option('--port <n>', '0: a free one', port, 0)
    .option('--token <token>', 'the API token that it takes; default: one made from the seed')
    .option('--json', json)
    .action(
      ({
        json: isJson = false,
        version,
        ...options
      }: Omit<SimulateNetBoxOptions, 'version'> & {
        version: keyof typeof netboxVersions
      } & Json) =>
        perform(isJson, (context) =>
          simulateNetBox(context, { ...options, version: netboxVersions[version] })
        )
    )
}

import { Command } from 'commander'
import { readConfig } from '../src/config.ts'
import { readDaemon, serveDaemon, startDaemon, stopDaemon } from '../src/real-netbox/daemon.ts'
import { openRealNetBox, type RealNetBoxOptions } from '../src/real-netbox/open-real-netbox.ts'

// The first start installs and migrates: six minutes on two idle cores.
const limit = () => AbortSignal.timeout(45 * 60_000)
const say = (line: string) => process.stdout.write(`${line}\n`)
const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`)

function optionsFrom(isDurable: boolean): RealNetBoxOptions {
  const config = readConfig()
  return {
    home: config.netboxHome,
    version: config.netboxVersion,
    dump: config.netboxDump,
    fast: !isDurable,
    python: config.python,
    userHome: config.userHome,
    log
  }
}

const program = new Command('real-netbox').description(
  'A real NetBox on 127.0.0.1, kept below .cache/real-netbox (or PROXBOX_REAL_NETBOX_HOME)'
)

program
  .command('start')
  .description('start it in the background; prints NETBOX_URL and NETBOX_TOKEN')
  .option('--durable', 'let Postgres wait for the disk, as in production', false)
  .action(async ({ durable }: { durable: boolean }) => {
    const options = optionsFrom(durable)
    const self = [
      process.execPath,
      import.meta.filename,
      'serve',
      ...(durable ? ['--durable'] : [])
    ]
    const netbox = await startDaemon(options, self, limit())
    say(`NETBOX_URL=${netbox.url}`)
    say(`NETBOX_TOKEN=${netbox.token}`)
  })

program
  .command('serve')
  .description('run it in the foreground until Ctrl-C')
  .option('--durable', 'let Postgres wait for the disk, as in production', false)
  .action(async ({ durable }: { durable: boolean }) => {
    await serveDaemon(optionsFrom(durable), new AbortController().signal)
  })

program
  .command('stop')
  .description('stop what start has started')
  .action(async () => {
    say((await stopDaemon(readConfig().netboxHome)) ? 'stopped' : 'was not running')
  })

program
  .command('reset')
  .description('empty the NetBox that runs')
  .action(async () => {
    const options = optionsFrom(false)
    if (!(await readDaemon(options.home))) throw new Error('NetBox is not running here')
    const netbox = await openRealNetBox(options, limit())
    await netbox.reset()
    say('reset')
  })

program
  .command('status')
  .description('where it answers; exits 1 when it does not run')
  .action(async () => {
    const daemon = await readDaemon(readConfig().netboxHome)
    say(daemon ? `running, process ${daemon.process.pid}` : 'not running')
    if (daemon?.url) say(`NETBOX_URL=${daemon.url}`)
    if (!daemon) process.exitCode = 1
  })

try {
  await program.parseAsync()
} catch (error) {
  log(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

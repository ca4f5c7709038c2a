// The smallest service: ready, then there until it is told to stop. The first argument chooses a fault.
import { spawn } from 'node:child_process'

const [fault = 'none'] = process.argv.slice(2)
process.stdout.write(`service starts, fault ${fault}\n`)
if (fault === 'refuse') {
  process.stderr.write('NATS_URL is missing\n')
  process.exit(3)
}
if (fault === 'deaf') process.on('SIGTERM', () => process.stdout.write('not now\n'))
else process.once('SIGTERM', () => process.exit(0))
if (fault === 'deaf') setInterval(() => undefined, 1_000)
else process.once('disconnect', () => process.exit(0))
// A grandchild that would stay.
if (fault === 'parent') {
  const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' })
  process.send?.({ ready: true, sleeper: sleeper.pid })
} else if (fault !== 'silent') process.send?.({ ready: true, greeting: process.env.GREETING })

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const timeoutMs = 60_000
const replyLimitBytes = 1_048_576

/**
 * Runs one statement without result as `postgres` on a server of ours, which trusts 127.0.0.1. Speaks the few messages
 * of the simple query protocol itself (PostgreSQL, Frontend/Backend Protocol), as the client library belongs to
 * packages/database and the server's package ships no psql.
 *
 * @throws with the server's message; after 60 s.
 */
export async function runStatement(
  port: number,
  statement: string,
  signal?: AbortSignal
): Promise<void> {
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
  const socket = connect({ host: '127.0.0.1', port, signal: limit })
  try {
    await once(socket, 'connect', { signal: limit })
    // Protocol 3.0, then name\0value\0 pairs and a final zero.
    const pairs = 'user\0postgres\0database\0postgres\0application_name\0embedded\0\0'
    socket.write(message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(pairs)])))
    const replies = readMessages(socket)
    await readUntilIdle(replies)
    socket.write(message('Q', Buffer.from(`${statement}\0`)))
    await readUntilIdle(replies)
    socket.end(message('X', Buffer.alloc(0)))
  } finally {
    socket.destroy()
  }
}

interface Message {
  readonly type: string
  readonly body: Buffer
}

// Z: ready for query. E: error, fields of one letter and a text ending in zero; M is the text.
async function readUntilIdle(replies: AsyncGenerator<Message>): Promise<void> {
  let refused: string | undefined
  for (;;) {
    const { value } = await replies.next()
    if (!value) throw new Error(refused ?? 'Postgres closed the connection')
    if (value.type === 'E') refused = errorText(value.body)
    if (value.type !== 'Z') continue
    if (refused !== undefined) throw new Error(refused)
    return
  }
}

function errorText(body: Buffer): string {
  const fields = body.toString().split('\0')
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'Postgres reported an error'
}

async function* readMessages(socket: Socket): AsyncGenerator<Message> {
  let rest = Buffer.alloc(0)
  for await (const part of socket) {
    // A socket without an encoding yields Buffers (node:net).
    rest = Buffer.concat([rest, part as Buffer])
    if (rest.length > replyLimitBytes) throw new Error('Postgres answered more than expected')
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1)
      yield { type: rest.toString('latin1', 0, 1), body: rest.subarray(5, end) }
      rest = rest.subarray(end)
    }
  }
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(type, 'latin1'), length, body])
}

// A service that starts: migrates and ends. Run several times at once by the test.
import { migrate, openDatabase } from '../src/index.ts'

const [url = '', folder = ''] = process.argv.slice(2)
const database = await openDatabase({ url, applicationName: 'test', schema: 'shop' })
try {
  await migrate(database, { folder, name: 'shop' })
} finally {
  await database.close()
}

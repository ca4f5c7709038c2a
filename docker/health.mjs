// Whether this container's service answers: exit 0 when GET /livez says 200 within 3 s, else 1.
import http from 'node:http'
import https from 'node:https'

const { env } = process
const urlOf = {
  gateway: `${env.PROXBOX_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${env.PROXBOX_PORT ?? 8080}`,
  collector: env.PROXBOX_COLLECTOR_URL
}
const url = new URL(
  '/livez',
  urlOf[env.PROXBOX_SERVICE] ?? `http://127.0.0.1:${env.PROXBOX_SERVICE_PORT}`
)
// The certificate names the public host; this asks the loopback address of the same container.
const options = { timeout: 3000, rejectUnauthorized: false }
const request = (url.protocol === 'https:' ? https : http).get(url, options, (answer) => {
  answer.resume()
  process.exitCode = answer.statusCode === 200 ? 0 : 1
})
request.on('timeout', () => request.destroy(new Error('no answer within 3 s')))
request.on('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})

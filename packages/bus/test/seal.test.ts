import { randomBytes } from 'node:crypto'
import t from 'tap'
import { sealText, unsealText } from '../src/seal.ts'

const key = randomBytes(32)
const wrong = { code: 'ENCRYPTION_KEY_WRONG' }

t.test('a sealed text opens with its key and purpose alone', async (t) => {
  for (const text of ['', 'geheim', 'ßecret 🔑'])
    t.equal(unsealText(sealText(text, key, 'p'), key, 'p'), text)
  const sealed = sealText('geheim', key, 'p')
  t.throws(() => unsealText(sealed, randomBytes(32), 'p'), wrong)
  t.throws(() => unsealText(sealed, key, 'q'), wrong)
  t.not(sealText('geheim', key, 'p'), sealed, 'a nonce is used once')
  const stored = 'VS9F/jl3phh4cYBA5Fhp6S9AayM+3q754iiiyRVJ/vjcBQ=='
  t.equal(
    unsealText(stored, Buffer.alloc(32, 7), 'proxmox.token'),
    'geheim',
    'as databases hold it'
  )
})

t.test('what was cut, lengthened or changed does not open', async (t) => {
  const bytes = Buffer.from(sealText('geheim', key, 'p'), 'base64')
  const refused = (other: Buffer, what: string) =>
    t.throws(() => unsealText(other.toString('base64'), key, 'p'), wrong, what)
  for (let length = 0; length < bytes.length; length += 1)
    refused(bytes.subarray(0, length), `the first ${length} bytes`)
  refused(Buffer.concat([bytes, Buffer.from('x')]), 'a byte more')
  for (let at = 0; at < bytes.length; at += 1) {
    const other = Buffer.from(bytes)
    other[at] = (other[at] ?? 0) ^ 1
    refused(other, `another byte ${at}`)
  }
})

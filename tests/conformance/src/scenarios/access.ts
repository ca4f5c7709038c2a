import type { Scenario } from './scenario.ts'

const TAGS = '/extras/tags/'

export const access: readonly Scenario[] = [
  {
    name: 'a missing or unknown token is refused with 403',
    steps: [
      { ask: `GET ${TAGS}`, token: 'none', gives: 403 },
      { ask: `GET ${TAGS}`, token: 'unknown', gives: 403 },
      { ask: `GET ${TAGS}`, token: 'none', headers: { authorization: 'Bearer' }, gives: 403 },
      {
        ask: `GET ${TAGS}`,
        token: 'none',
        headers: { authorization: `Token ${'0'.repeat(39)}x` },
        gives: 403
      },
      { ask: 'GET /status/', token: 'unknown', gives: 403 },
      { ask: 'GET /', token: 'unknown', gives: 403 }
    ]
  },
  {
    name: 'a read-only token reads and does not write',
    steps: [
      { ask: `GET ${TAGS}`, token: 'read-only', gives: 200, see: ['count'] },
      { ask: `POST ${TAGS}`, token: 'read-only', body: { name: 'a', slug: 'a' }, gives: 403 },
      { ask: `POST ${TAGS}`, token: 'read-only', text: '{', gives: 403 },
      { ask: `PATCH ${TAGS}`, token: 'read-only', body: [], gives: 403 },
      { ask: `DELETE ${TAGS}`, token: 'read-only', body: [{ id: 1 }], gives: 403 }
    ]
  },
  {
    name: 'a path without its slash is sent on when read, and unknown paths and objects are not found',
    steps: [
      { ask: 'GET /extras/tags', gives: 301, seeHeaders: ['location'] },
      { ask: 'GET /extras/tags?limit=1', gives: 301, seeHeaders: ['location'] },
      { ask: 'POST /extras/tags', body: { name: 'a', slug: 'a' }, gives: 404 },
      { ask: 'GET /extras/nothing/', gives: 404 },
      { ask: `GET ${TAGS}99999/`, gives: 404 },
      { ask: `PATCH ${TAGS}99999/`, body: {}, gives: 404 },
      { ask: `DELETE ${TAGS}99999/`, gives: 404 },
      { ask: `PUT ${TAGS}99999/`, body: {}, gives: 404 },
      { ask: `POST ${TAGS}1/`, body: {}, gives: 405, seeHeaders: ['allow'] }
    ]
  },
  {
    name: 'every answer names the API version and the request',
    steps: [
      {
        ask: `GET ${TAGS}`,
        gives: 200,
        seeHeaders: ['api-version', 'x-request-id', 'content-type']
      },
      {
        ask: `POST ${TAGS}`,
        body: { name: '' },
        gives: 400,
        seeHeaders: ['api-version', 'x-request-id', 'content-type']
      },
      {
        ask: `GET ${TAGS}`,
        token: 'none',
        gives: 403,
        seeHeaders: ['api-version', 'x-request-id']
      },
      {
        ask: `GET ${TAGS}`,
        headers: { 'x-request-id': '11111111-2222-3333-4444-555555555555' },
        gives: 200,
        seeHeaders: ['x-request-id']
      }
    ]
  },
  {
    name: 'a body must be JSON, and an object or a list of objects',
    steps: [
      { ask: `POST ${TAGS}`, text: '{"name": ', gives: 400 },
      { ask: `POST ${TAGS}`, text: 'name=a', gives: 400 },
      { ask: `POST ${TAGS}`, text: '', gives: 400 },
      { ask: `POST ${TAGS}`, body: 'a', gives: 400 },
      { ask: `POST ${TAGS}`, body: [], gives: 201, see: ['length'] },
      { ask: `POST ${TAGS}`, body: ['a'], gives: 400 },
      {
        ask: `POST ${TAGS}`,
        body: { name: 'a', slug: 'a' },
        headers: { 'content-type': 'text/plain' },
        gives: 415
      },
      { ask: `PATCH ${TAGS}`, body: { id: 1 }, gives: 400 }
    ]
  }
]

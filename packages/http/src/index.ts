export { type Backoff, mostPauseMs, pause, pauseAfter } from './backoff.ts'
export {
  type HttpClient,
  type HttpClientOptions,
  type HttpResponse,
  type HttpStream,
  type HttpStreamClient,
  openHttpClient,
  type RequestReport,
  type StreamLimits
} from './client.ts'
export {
  HttpAborted,
  HttpDecodeError,
  HttpError,
  HttpStatusError,
  HttpTimeout,
  HttpTlsError,
  HttpTooLarge,
  HttpUnreachable,
  type TlsErrorKind,
  type UnreachableKind
} from './errors.ts'
export type { HttpRequest, QueryValue } from './prepare-request.ts'
export type { ProxySetting } from './proxy.ts'
export { type PresentedCertificate, readCertificate } from './read-certificate.ts'
export { redact } from './redact.ts'
export { type RetryOptions, retryIdempotent } from './retry.ts'
export { type FollowSseOptions, followSse, type SseEvent } from './sse-client.ts'
export {
  encodePythonJson,
  formatSseEvent,
  type OutgoingSseEvent,
  type SseStyle
} from './sse-format.ts'
export {
  openSseResponse,
  type SseClosed,
  type SseResponse,
  type SseResponseOptions
} from './sse-server.ts'
export { type TlsTrust, trustFrom } from './trust.ts'

/** Everything that a user of this package may name. */

export {
  type AccessToken,
  type AdminClient,
  type AdminClientOptions,
  type CreatedAccessToken,
  type Credential,
  createAdminClient,
  type NewAccessToken,
} from './admin-client.ts';
export {
  type ClientErrorCode,
  type LocalCode,
  type RefusalCode,
  SallyportClientError,
} from './errors.ts';
export type { LockManagerLike } from './locks.ts';
export type { AdminApiError, Operations, UserApiError } from './openapi.ts';
export type { ChangeCause, SessionChange, SessionState } from './session-keeper.ts';
export {
  memoryStorage,
  type TokenStorage,
  type WebStorageLike,
  webStorage,
} from './token-storage.ts';
export {
  createUserClient,
  type UserClient,
  type UserClientOptions,
  type VerifiedUser,
} from './user-client.ts';

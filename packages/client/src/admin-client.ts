/** Contract 1, the admin API, call by call. Bodies and answers have the fields of the wire. */

import type { Operations } from './openapi.ts';
import { type Answer, Transport, type TransportOptions } from './transport.ts';

export type NewAccessToken = Operations['access_token_create']['body'];
/** With `token`, the raw value, which is shown this once. */
export type CreatedAccessToken = Answer<'access_token_create'>;
export type AccessToken = Answer<'access_token_list'>[number];

/** An admin JWT or an access token; a function is asked before every call that needs one. */
export type Credential = string | (() => string | Promise<string>);

export interface AdminClientOptions extends TransportOptions {
  readonly credential?: Credential | undefined;
}

export interface AdminClient {
  /** Whether the admin has been created. */
  exists(): Promise<boolean>;
  /** Creates the only admin; from localhost. */
  create(password: string): Promise<void>;
  /** Sets the admin's password anew; from localhost. */
  resetPassword(password: string): Promise<void>;
  /** Later calls of this client use the JWT, which is also given back. */
  signIn(password: string): Promise<Answer<'admin_login'>>;
  /** Turns auth enforcement on or off, and gives the state after. Needs an admin JWT. */
  setAuthEnabled(isEnabled: boolean): Promise<boolean>;
  readonly accessTokens: {
    create(wanted: NewAccessToken): Promise<CreatedAccessToken>;
    /** By id, expired ones included. */
    list(): Promise<AccessToken[]>;
    /** A new secret for the same token; the old one is dead at once. */
    rotate(id: number): Promise<CreatedAccessToken>;
    delete(id: number): Promise<void>;
  };
}

/** Nothing is repeated on its own: creating or rotating twice is not the same as once. */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const transport = new Transport(options);
  let credential = options.credential;
  const bearer = async () => (typeof credential === 'function' ? await credential() : credential);
  const idOf = (id: number) => ({ token_id: String(id) });
  return {
    exists: async () => (await transport.call('admin_exists', {})).result,
    create: async (password) => void (await transport.call('admin_create', { body: { password } })),
    resetPassword: async (password) => {
      await transport.call('admin_reset_password', { body: { password } });
    },
    signIn: async (password) => {
      const answer = await transport.call('admin_login', { body: { password } });
      credential = answer.token;
      return answer;
    },
    setAuthEnabled: async (enabled) => {
      const input = { body: { enabled }, bearer: await bearer() };
      return (await transport.call('auth_enabled_set', input)).result;
    },
    accessTokens: {
      create: async (body) =>
        transport.call('access_token_create', { body, bearer: await bearer() }),
      list: async () => transport.call('access_token_list', { bearer: await bearer() }),
      rotate: async (id) =>
        transport.call('access_token_rotate', { params: idOf(id), bearer: await bearer() }),
      delete: async (id) => {
        const input = { params: idOf(id), bearer: await bearer() };
        await transport.call('access_token_delete', input);
      },
    },
  };
}

/**
 * The calls of a Sallyport server. Generated from its /openapi.json; do not edit, but run
 * `npm run generate -w @sallyport/client`.
 */

export type AdminApiError = {
  status: 'error';
  message: string;
};

export type UserApiError = {
  error: string;
};

export type AccountError = {
  type: 'about:blank';
  /** the name of the status */
  title: string;
  status: number;
  /** what is wrong and what to do, for people */
  detail: string;
  /** what is wrong, for programs: a stable word */
  code: string;
};

export type ManagementError = {
  type: 'about:blank';
  /** the name of the status */
  title: string;
  status: number;
  /** what is wrong and what to do, for people */
  detail: string;
  /** what is wrong, for programs: a stable word */
  code: string;
};

export interface Operations {
  /** Create; the raw value is shown once */
  access_token_create: {
    params: undefined;
    body: {
      name: string;
      permission: string;
      description?: string;
      will_expire?: boolean;
      expires_in_seconds?: number;
    };
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        token: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      408: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Delete */
  access_token_delete: {
    params: { token_id: string };
    body: undefined;
    responses: {
      200: {
        status: 'success';
        message: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      404: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** List all by id, expired ones included */
  access_token_list: {
    params: undefined;
    body: undefined;
    responses: {
      200: Array<{
        id: number;
        name: string;
        description: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      }>;
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Replace the secret; the old value is dead at once */
  access_token_rotate: {
    params: { token_id: string };
    body: undefined;
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        token: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      404: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Change one’s password; ends all sessions and begins a new one */
  account_change_password: {
    params: undefined;
    body: {
      current_password: string;
      new_password: string;
    };
    responses: {
      200: {
        /** not for who came by cookies: it is in them */
        token?: string;
        refresh_token?: string;
        /** Unix seconds at which the access token expires */
        expires_at: number;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      408: AccountError;
      413: AccountError;
      415: AccountError;
      429: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** End all of one’s sessions but the one that asks */
  account_end_other_sessions: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        ended_sessions: number;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      408: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** End one of one’s own sessions */
  account_end_session: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        ended: true;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      404: AccountError;
      408: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** What has happened to one’s account, the newest first */
  account_list_audit_events: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: number;
          /** RFC 3339, UTC, milliseconds */
          at: string;
          /** a stable name */
          event: string;
          /** user for oneself and for other users */
          actor_kind: string;
          actor_is_you: boolean;
          reason: string | null;
          session_id: string | null;
          ended_sessions: number | null;
          address: string | null;
          user_agent: string | null;
        }>;
        next_cursor: string | null;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      408: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** One’s own live sessions, at most 100 */
  account_list_sessions: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: string;
          /** RFC 3339, UTC, whole seconds */
          created_at: string;
          /** RFC 3339, UTC, whole seconds */
          refreshed_at: string;
          created_address: string;
          last_address: string;
          user_agent: string;
          /** the one that asks */
          current: boolean;
        }>;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      408: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** Who one is here */
  account_profile: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
        has_password: boolean;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        last_sign_in_at: string | null;
        identities: Array<{
          /** its id */
          provider: string;
          /** RFC 3339, UTC, whole seconds */
          linked_at: string;
        }>;
      };
      400: AccountError;
      401: AccountError;
      403: AccountError;
      408: AccountError;
      431: AccountError;
      500: AccountError;
      503: AccountError;
    };
  };
  /** Create the only admin (from localhost) */
  admin_create: {
    params: undefined;
    body: {
      password: string;
    };
    responses: {
      200: {
        status: 'success';
        message: string;
      };
      400: AdminApiError;
      403: AdminApiError;
      408: AdminApiError;
      409: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Whether the admin has been created */
  admin_exists: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        usage: Record<string, never>;
        /** seconds spent on the request */
        time: number;
        status: 'ok';
        result: boolean;
      };
      400: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Admin login */
  admin_login: {
    params: undefined;
    body: {
      password: string;
    };
    responses: {
      200: {
        token: string;
        message: string;
        expires_in: number;
      };
      400: AdminApiError;
      401: {
        token: null;
        message: string;
        expires_in: number;
      };
      408: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      429: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Set the admin password anew (from localhost) */
  admin_reset_password: {
    params: undefined;
    body: {
      password: string;
    };
    responses: {
      200: {
        status: 'success';
        message: string;
      };
      400: AdminApiError;
      403: AdminApiError;
      404: AdminApiError;
      408: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Create; the raw value is shown once */
  api_key_create: {
    params: undefined;
    body: {
      name: string;
      permission: string;
      description?: string;
      will_expire?: boolean;
      expires_in_seconds?: number;
    };
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        api_key: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      408: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Delete */
  api_key_delete: {
    params: { token_id: string };
    body: undefined;
    responses: {
      200: {
        status: 'success';
        message: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      404: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** List all by id, expired ones included */
  api_key_list: {
    params: undefined;
    body: undefined;
    responses: {
      200: Array<{
        id: number;
        name: string;
        description: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      }>;
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Replace the secret; the old value is dead at once */
  api_key_rotate: {
    params: { token_id: string };
    body: undefined;
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        api_key: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        expired_at: string | null;
        will_expire: boolean;
        /** comma-separated, in the order read,write,admin */
        permission: string;
      };
      400: AdminApiError;
      401: AdminApiError;
      403: AdminApiError;
      404: AdminApiError;
      408: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Turn auth enforcement on or off */
  auth_enabled_set: {
    params: undefined;
    body: {
      enabled: boolean;
    };
    responses: {
      200: {
        usage: Record<string, never>;
        /** seconds spent on the request */
        time: number;
        status: 'ok';
        result: boolean;
      };
      400: AdminApiError;
      401: AdminApiError;
      408: AdminApiError;
      413: AdminApiError;
      415: AdminApiError;
      431: AdminApiError;
      500: AdminApiError;
      503: AdminApiError;
    };
  };
  /** Enter the password again */
  console_confirm: {
    params: undefined;
    body: {
      password: string;
    };
    responses: {
      200: {
        kind: 'admin' | 'user';
        /** null for the built-in admin */
        user_id: number | null;
        username: string;
        /** RFC 3339, UTC, whole seconds */
        signed_in_at: string;
        /** RFC 3339, UTC, whole seconds */
        password_entered_at: string;
        /** when it ends unless it is used; a use counts once a minute */
        idle_expires_at: string;
        /** RFC 3339, UTC, whole seconds */
        expires_at: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      413: ManagementError;
      415: ManagementError;
      429: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Who is signed in to the console, and for how long */
  console_session: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        kind: 'admin' | 'user';
        /** null for the built-in admin */
        user_id: number | null;
        username: string;
        /** RFC 3339, UTC, whole seconds */
        signed_in_at: string;
        /** RFC 3339, UTC, whole seconds */
        password_entered_at: string;
        /** when it ends unless it is used; a use counts once a minute */
        idle_expires_at: string;
        /** RFC 3339, UTC, whole seconds */
        expires_at: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Sign in to the console, into its cookie; same origin only */
  console_sign_in: {
    params: undefined;
    body: {
      /** the built-in admin without it */
      username?: string;
      password: string;
    };
    responses: {
      200: {
        kind: 'admin' | 'user';
        /** null for the built-in admin */
        user_id: number | null;
        username: string;
        /** RFC 3339, UTC, whole seconds */
        signed_in_at: string;
        /** RFC 3339, UTC, whole seconds */
        password_entered_at: string;
        /** when it ends unless it is used; a use counts once a minute */
        idle_expires_at: string;
        /** RFC 3339, UTC, whole seconds */
        expires_at: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      413: ManagementError;
      415: ManagementError;
      429: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Sign out of the console */
  console_sign_out: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        ended: true;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** What the console shows before anybody has signed in */
  console_start: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        app_name: string;
        admin_exists: boolean;
        /** there is none yet, and this request could create it by POST /auth/admin */
        may_create_admin: boolean;
      };
      400: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** The process is alive */
  health: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        status: 'ok';
      };
      400: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Change name and description */
  management_change_access_token: {
    params: { id: string };
    body: {
      name?: string;
      description?: string;
    };
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        /** null: it does not expire */
        expires_at: string | null;
        /** of the present value; written every few seconds */
        last_used_at: string | null;
        /** since when it has that value */
        rotated_at: string | null;
        /** by a restore; rotating or accepting it ends that */
        suspended: boolean;
        state: 'live' | 'expired' | 'suspended';
        /** the value before, while it works too */
        previous: {
          /** RFC 3339, UTC, whole seconds */
          expires_at: string;
          last_used_at: string | null;
        } | null;
        /** also the ETag, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      412: ManagementError;
      413: ManagementError;
      415: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Enable, disable, change the role; disabling ends all sessions */
  management_change_user: {
    params: { id: string };
    body: {
      enabled?: boolean;
      role?: 'ADMIN' | 'STANDARD';
    };
    responses: {
      200: {
        id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
        enabled: boolean;
        origin: 'operator' | 'environment' | 'provider' | 'imported';
        has_password: boolean;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        last_sign_in_at: string | null;
        live_sessions: number;
        /** also the ETag, as "v<version>" */
        version: number;
        ended_sessions: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      409: ManagementError;
      412: ManagementError;
      413: ManagementError;
      415: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Check an access token by itself, whatever its permission */
  management_check_access_token: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        id: number;
        name: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** null: it does not expire */
        expires_at: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Make an access token; its value is in the answer, this once */
  management_create_access_token: {
    params: undefined;
    body: {
      name: string;
      /** some of read, write and admin, comma-separated; admin does not hold the others */
      permission: string;
      description?: string;
      /** null or absent: it does not expire */
      expires_in_seconds?: number | null;
    };
    responses: {
      201: {
        id: number;
        name: string;
        description: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        /** null: it does not expire */
        expires_at: string | null;
        /** of the present value; written every few seconds */
        last_used_at: string | null;
        /** since when it has that value */
        rotated_at: string | null;
        /** by a restore; rotating or accepting it ends that */
        suspended: boolean;
        state: 'live' | 'expired' | 'suspended';
        /** the value before, while it works too */
        previous: {
          /** RFC 3339, UTC, whole seconds */
          expires_at: string;
          last_used_at: string | null;
        } | null;
        /** also the ETag, as "v<version>" */
        version: number;
        /** the value, this once: it is not stored */
        token: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      413: ManagementError;
      415: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Add a user with a first password */
  management_create_user: {
    params: undefined;
    body: {
      username: string;
      password: string;
      role?: 'ADMIN' | 'STANDARD';
    };
    responses: {
      201: {
        id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
        enabled: boolean;
        origin: 'operator' | 'environment' | 'provider' | 'imported';
        has_password: boolean;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        last_sign_in_at: string | null;
        live_sessions: number;
        /** also the ETag, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      409: ManagementError;
      413: ManagementError;
      415: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Delete an access token; it is dead at once, and the id is never given again */
  management_delete_access_token: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        deleted: true;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      412: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Delete a user with all sessions; the id is never given again */
  management_delete_user: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        deleted: true;
        ended_sessions: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      409: ManagementError;
      412: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** End the overlap: the value before the last rotation is dead at once */
  management_end_access_token_overlap: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        /** null: it does not expire */
        expires_at: string | null;
        /** of the present value; written every few seconds */
        last_used_at: string | null;
        /** since when it has that value */
        rotated_at: string | null;
        /** by a restore; rotating or accepting it ends that */
        suspended: boolean;
        state: 'live' | 'expired' | 'suspended';
        /** the value before, while it works too */
        previous: {
          /** RFC 3339, UTC, whole seconds */
          expires_at: string;
          last_used_at: string | null;
        } | null;
        /** also the ETag, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      412: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** End a session of the console */
  management_end_console_session: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        ended: true;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** End a session; its tokens are dead at once */
  management_end_session: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        ended: true;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** End all sessions of a user */
  management_end_sessions_of_user: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        ended_sessions: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** All events that match, by time, as a file of any length */
  management_export_audit_events: {
    params: undefined;
    body: undefined;
    responses: {
      200: string;
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** All users with their password hashes, as a file of any length */
  management_export_users: {
    params: undefined;
    body: undefined;
    responses: {
      200: string;
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Sign-ins and refreshes over time, and how long requests take */
  management_figures: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        /** RFC 3339, UTC, whole seconds */
        from: string;
        /** RFC 3339, UTC, whole seconds */
        until: string;
        bucket_seconds: number;
        buckets: Array<{
          /** RFC 3339, UTC, whole seconds */
          at: string;
          signed_in: number;
          sign_in_failed: number;
          refreshed: number;
          limited: number;
        }>;
        latency: {
          /** of this process, until it ends */
          server_id: string;
          /** RFC 3339, UTC, whole seconds */
          since: string;
          /** the minutes of the last hour that had requests */
          buckets: Array<{
            /** RFC 3339, UTC, whole seconds */
            at: string;
            requests: number;
            p50_ms: number;
            p99_ms: number;
          }>;
        };
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** One access token, with the ETag that changes need */
  management_get_access_token: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        /** null: it does not expire */
        expires_at: string | null;
        /** of the present value; written every few seconds */
        last_used_at: string | null;
        /** since when it has that value */
        rotated_at: string | null;
        /** by a restore; rotating or accepting it ends that */
        suspended: boolean;
        state: 'live' | 'expired' | 'suspended';
        /** the value before, while it works too */
        previous: {
          /** RFC 3339, UTC, whole seconds */
          expires_at: string;
          last_used_at: string | null;
        } | null;
        /** also the ETag, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** One user, with the ETag that changes need */
  management_get_user: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
        enabled: boolean;
        origin: 'operator' | 'environment' | 'provider' | 'imported';
        has_password: boolean;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        last_sign_in_at: string | null;
        live_sessions: number;
        /** also the ETag, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Add users with the password hashes they have, up to 1 MiB of lines */
  management_import_users: {
    params: undefined;
    body: string;
    responses: {
      200: {
        dry_run: boolean;
        /** or, in a dry run, would be */
        created: number;
        /** because the name is taken */
        skipped: number;
        failed: number;
        lines: Array<{
          /** its number in the body, from 1 */
          line: number;
          outcome: 'created' | 'would_create' | 'exists' | 'failed';
          username: string | null;
          /** what is wrong and what to do; null when nothing is */
          reason: string | null;
        }>;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      413: ManagementError;
      415: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** List access tokens, a page at a time */
  management_list_access_tokens: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: number;
          name: string;
          description: string;
          /** comma-separated, in the order read,write,admin */
          permission: string;
          /** RFC 3339, UTC, whole seconds */
          created_at: string;
          /** null: it does not expire */
          expires_at: string | null;
          /** of the present value; written every few seconds */
          last_used_at: string | null;
          /** since when it has that value */
          rotated_at: string | null;
          /** by a restore; rotating or accepting it ends that */
          suspended: boolean;
          state: 'live' | 'expired' | 'suspended';
          /** the value before, while it works too */
          previous: {
            /** RFC 3339, UTC, whole seconds */
            expires_at: string;
            last_used_at: string | null;
          } | null;
          /** also the ETag, as "v<version>" */
          version: number;
        }>;
        /** `cursor` of the next page; null on the last one */
        next_cursor: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** List events of the audit trail, a page at a time */
  management_list_audit_events: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: number;
          /** RFC 3339, UTC, milliseconds */
          at: string;
          /** a stable name */
          event: string;
          actor_kind: 'admin' | 'user' | 'access_token' | 'operator' | 'server' | 'anonymous';
          actor_id: string | null;
          subject: string | null;
          session_id: string | null;
          access_token_id: number | null;
          name_hash: string | null;
          reason: string | null;
          ended_sessions: number | null;
          address: string | null;
          request_id: string | null;
          user_agent: string | null;
        }>;
        /** `cursor` of the next page; null on the last one. A page may be short, or empty, and have one: then as many events were looked at as one call may */
        next_cursor: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** All live sessions of the console */
  management_list_console_sessions: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: string;
          kind: 'admin' | 'user';
          /** null for the built-in admin */
          user_id: number | null;
          username: string;
          /** RFC 3339, UTC, whole seconds */
          created_at: string;
          /** RFC 3339, UTC, whole seconds */
          last_seen_at: string;
          address: string;
          user_agent: string;
          /** the one that asks */
          current: boolean;
        }>;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** List live sessions, the newest first */
  management_list_sessions: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: string;
          user_id: number;
          username: string;
          /** RFC 3339, UTC, whole seconds */
          created_at: string;
          /** RFC 3339, UTC, whole seconds */
          refreshed_at: string;
          created_address: string;
          last_address: string;
          user_agent: string;
        }>;
        /** `cursor` of the next page; null on the last one */
        next_cursor: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** List users, a page at a time */
  management_list_users: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        items: Array<{
          id: number;
          username: string;
          role: 'ADMIN' | 'STANDARD';
          enabled: boolean;
          origin: 'operator' | 'environment' | 'provider' | 'imported';
          has_password: boolean;
          /** RFC 3339, UTC, whole seconds */
          created_at: string;
          last_sign_in_at: string | null;
          live_sessions: number;
          /** also the ETag, as "v<version>" */
          version: number;
        }>;
        /** `cursor` of the next page; null on the last one */
        next_cursor: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Give it a new value; the old one is dead at once, or after an overlap */
  management_rotate_access_token: {
    params: { id: string };
    body: {
      /** how long the old value works too; 0 unless given */
      overlap_seconds?: number;
    };
    responses: {
      200: {
        id: number;
        name: string;
        description: string;
        /** comma-separated, in the order read,write,admin */
        permission: string;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        /** null: it does not expire */
        expires_at: string | null;
        /** of the present value; written every few seconds */
        last_used_at: string | null;
        /** since when it has that value */
        rotated_at: string | null;
        /** by a restore; rotating or accepting it ends that */
        suspended: boolean;
        state: 'live' | 'expired' | 'suspended';
        /** the value before, while it works too */
        previous: {
          /** RFC 3339, UTC, whole seconds */
          expires_at: string;
          last_used_at: string | null;
        } | null;
        /** also the ETag, as "v<version>" */
        version: number;
        /** the value, this once: it is not stored */
        token: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      409: ManagementError;
      412: ManagementError;
      413: ManagementError;
      415: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Turn auth enforcement on or off; the built-in admin, with the password just entered */
  management_set_auth: {
    params: undefined;
    body: {
      enabled: boolean;
    };
    responses: {
      200: {
        enabled: boolean;
        /** what If-Match must say to change it, as "v<version>" */
        version: number;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      412: ManagementError;
      413: ManagementError;
      415: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Set a password, given or made here; ends all sessions */
  management_set_password: {
    params: { id: string };
    body: {
      /** made by the server without it */
      password?: string;
    };
    responses: {
      200: {
        id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
        enabled: boolean;
        origin: 'operator' | 'environment' | 'provider' | 'imported';
        has_password: boolean;
        /** RFC 3339, UTC, whole seconds */
        created_at: string;
        last_sign_in_at: string | null;
        live_sessions: number;
        /** also the ETag, as "v<version>" */
        version: number;
        ended_sessions: number;
        /** that the server made, this once */
        password?: string;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      412: ManagementError;
      413: ManagementError;
      415: ManagementError;
      428: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** What the server runs with, secrets left out */
  management_settings: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        auth: {
          enabled: boolean;
          /** what If-Match must say to change it, as "v<version>" */
          version: number;
        };
        password_policy: {
          /** of new passwords, with its cost */
          hash: string;
          max_bytes: number;
          user_min_length: number;
          admin_min_length: number;
        };
        limits: {
          failures_per_address_per_minute: number;
          failures_per_account_per_minute: number;
          failures_in_a_row_from_unfamiliar_addresses: number;
        };
        /** seconds */
        lifetimes: {
          admin_token: number;
          access_token: number;
          refresh_token: number;
          refresh_grace: number;
          session_max_age: number;
          console_idle: number;
          console_max_age: number;
          audit_retention: number;
        };
        settings: Array<{
          name: string;
          /** `(set)` for a secret; null when there is none */
          value: string | null;
          is_default: boolean;
          meaning: string;
        }>;
        providers: Array<{
          id: string;
          name: string;
          issuer: string;
          state: 'not_tried' | 'reachable' | 'unreachable';
          tried_at: string | null;
          detail: string | null;
        }>;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** How many there are of everything */
  management_stats: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        users: {
          total: number;
          enabled: number;
          enabled_admins: number;
        };
        live_sessions: number;
        access_tokens: {
          total: number;
          expired: number;
          expiring_within_week: number;
        };
        admin_exists: boolean;
        auth_enabled: boolean;
        sign_ins: {
          succeeded_last_day: number;
          failed_last_day: number;
          failed_last_hour: number;
          limited_last_day: number;
        };
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Events as they come in, as server-sent events */
  management_stream_audit_events: {
    params: undefined;
    body: undefined;
    responses: {
      200: string;
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** Ask a sign-in provider now whether it can be reached */
  management_test_provider: {
    params: { id: string };
    body: undefined;
    responses: {
      200: {
        state: 'not_tried' | 'reachable' | 'unreachable';
        tried_at: string | null;
        detail: string | null;
      };
      400: ManagementError;
      401: ManagementError;
      403: ManagementError;
      404: ManagementError;
      408: ManagementError;
      431: ManagementError;
      500: ManagementError;
      503: ManagementError;
    };
  };
  /** This document */
  openapi: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        openapi: string;
        [name: string]: unknown;
      };
      400: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Sign in with username and password, into cookies */
  page_login: {
    params: undefined;
    body: {
      username: string;
      password: string;
      /** a path of this origin */
      returnTo?: string;
    };
    responses: {
      303: {
        success: true;
      };
      400: UserApiError;
      401: UserApiError;
      403: UserApiError;
      408: UserApiError;
      413: UserApiError;
      415: UserApiError;
      429: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** End the session that the cookies hold */
  page_logout: {
    params: undefined;
    body: undefined;
    responses: {
      303: {
        success: true;
      };
      400: UserApiError;
      401: UserApiError;
      403: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Renew the session that the cookies hold */
  page_refresh: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        success: true;
      };
      400: UserApiError;
      401: UserApiError;
      403: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** The database answers and is migrated */
  ready: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        status: 'ok';
      };
      400: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Sign in with a code that Google has given to the client */
  user_google_login: {
    params: undefined;
    body: {
      code: string;
      /** one of the allowed, letter for letter */
      redirect_uri: string;
      code_verifier?: string | null;
      nonce?: string | null;
    };
    responses: {
      200: {
        token: string;
        refresh_token: string;
        /** Unix seconds at which `token` expires */
        expires_at: number;
      };
      400: UserApiError;
      401: UserApiError;
      408: UserApiError;
      413: UserApiError;
      415: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Sign in with username and password */
  user_login: {
    params: undefined;
    body: {
      username: string;
      password: string;
    };
    responses: {
      200: {
        token: string;
        refresh_token: string;
        /** Unix seconds at which `token` expires */
        expires_at: number;
      };
      400: UserApiError;
      401: UserApiError;
      408: UserApiError;
      413: UserApiError;
      415: UserApiError;
      429: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** End the session of a bearer, of a refresh token, or of both */
  user_logout: {
    params: undefined;
    body: {
      refresh_token?: string | null;
    };
    responses: {
      200: {
        success: true;
      };
      400: UserApiError;
      401: UserApiError;
      408: UserApiError;
      413: UserApiError;
      415: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Exchange a refresh token for a new pair */
  user_refresh: {
    params: undefined;
    body: {
      refresh_token: string;
    };
    responses: {
      200: {
        token: string;
        refresh_token: string;
        /** Unix seconds at which `token` expires */
        expires_at: number;
      };
      400: UserApiError;
      401: UserApiError;
      408: UserApiError;
      413: UserApiError;
      415: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
  /** Who an access token speaks for */
  user_verify: {
    params: undefined;
    body: undefined;
    responses: {
      200: {
        valid: true;
        user_id: number;
        username: string;
        role: 'ADMIN' | 'STANDARD';
      };
      400: UserApiError;
      401: UserApiError;
      408: UserApiError;
      431: UserApiError;
      500: UserApiError;
      503: UserApiError;
    };
  };
}

export const OPERATIONS = {
  access_token_create: { method: 'POST', path: '/auth/access_token' },
  access_token_delete: { method: 'DELETE', path: '/auth/access_token/{token_id}' },
  access_token_list: { method: 'GET', path: '/auth/access_tokens' },
  access_token_rotate: { method: 'POST', path: '/auth/access_token/{token_id}/rotate' },
  account_change_password: { method: 'PUT', path: '/account/password' },
  account_end_other_sessions: { method: 'DELETE', path: '/account/sessions' },
  account_end_session: { method: 'DELETE', path: '/account/sessions/{id}' },
  account_list_audit_events: { method: 'GET', path: '/account/audit-events' },
  account_list_sessions: { method: 'GET', path: '/account/sessions' },
  account_profile: { method: 'GET', path: '/account/profile' },
  admin_create: { method: 'POST', path: '/auth/admin' },
  admin_exists: { method: 'GET', path: '/auth/admin/exists' },
  admin_login: { method: 'POST', path: '/auth/admin/login' },
  admin_reset_password: { method: 'POST', path: '/auth/admin/reset-password' },
  api_key_create: { method: 'POST', path: '/auth/api_key' },
  api_key_delete: { method: 'DELETE', path: '/auth/api_key/{token_id}' },
  api_key_list: { method: 'GET', path: '/auth/api_keys' },
  api_key_rotate: { method: 'POST', path: '/auth/api_key/{token_id}/rotate' },
  auth_enabled_set: { method: 'PATCH', path: '/auth/enabled' },
  console_confirm: { method: 'POST', path: '/management/console/session/confirmation' },
  console_session: { method: 'GET', path: '/management/console/session' },
  console_sign_in: { method: 'POST', path: '/management/console/session' },
  console_sign_out: { method: 'DELETE', path: '/management/console/session' },
  console_start: { method: 'GET', path: '/management/console/start' },
  health: { method: 'GET', path: '/health' },
  management_change_access_token: { method: 'PATCH', path: '/management/access-tokens/{id}' },
  management_change_user: { method: 'PATCH', path: '/management/users/{id}' },
  management_check_access_token: { method: 'GET', path: '/management/access-tokens/self' },
  management_create_access_token: { method: 'POST', path: '/management/access-tokens' },
  management_create_user: { method: 'POST', path: '/management/users' },
  management_delete_access_token: { method: 'DELETE', path: '/management/access-tokens/{id}' },
  management_delete_user: { method: 'DELETE', path: '/management/users/{id}' },
  management_end_access_token_overlap: { method: 'DELETE', path: '/management/access-tokens/{id}/previous' },
  management_end_console_session: { method: 'DELETE', path: '/management/console-sessions/{id}' },
  management_end_session: { method: 'DELETE', path: '/management/sessions/{id}' },
  management_end_sessions_of_user: { method: 'DELETE', path: '/management/users/{id}/sessions' },
  management_export_audit_events: { method: 'GET', path: '/management/audit-events/export' },
  management_export_users: { method: 'GET', path: '/management/users/export' },
  management_figures: { method: 'GET', path: '/management/figures' },
  management_get_access_token: { method: 'GET', path: '/management/access-tokens/{id}' },
  management_get_user: { method: 'GET', path: '/management/users/{id}' },
  management_import_users: { method: 'POST', path: '/management/users/import' },
  management_list_access_tokens: { method: 'GET', path: '/management/access-tokens' },
  management_list_audit_events: { method: 'GET', path: '/management/audit-events' },
  management_list_console_sessions: { method: 'GET', path: '/management/console-sessions' },
  management_list_sessions: { method: 'GET', path: '/management/sessions' },
  management_list_users: { method: 'GET', path: '/management/users' },
  management_rotate_access_token: { method: 'POST', path: '/management/access-tokens/{id}/rotation' },
  management_set_auth: { method: 'PUT', path: '/management/settings/auth' },
  management_set_password: { method: 'PUT', path: '/management/users/{id}/password' },
  management_settings: { method: 'GET', path: '/management/settings' },
  management_stats: { method: 'GET', path: '/management/stats' },
  management_stream_audit_events: { method: 'GET', path: '/management/audit-events/stream' },
  management_test_provider: { method: 'POST', path: '/management/providers/{id}/test' },
  openapi: { method: 'GET', path: '/openapi.json' },
  page_login: { method: 'POST', path: '/auth/login' },
  page_logout: { method: 'POST', path: '/auth/logout' },
  page_refresh: { method: 'POST', path: '/auth/refresh' },
  ready: { method: 'GET', path: '/ready' },
  user_google_login: { method: 'POST', path: '/api/auth/google' },
  user_login: { method: 'POST', path: '/api/auth/login' },
  user_logout: { method: 'POST', path: '/api/auth/logout' },
  user_refresh: { method: 'POST', path: '/api/auth/refresh' },
  user_verify: { method: 'GET', path: '/api/auth/verify' },
} as const;

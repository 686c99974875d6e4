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
  admin_create: { method: 'POST', path: '/auth/admin' },
  admin_exists: { method: 'GET', path: '/auth/admin/exists' },
  admin_login: { method: 'POST', path: '/auth/admin/login' },
  admin_reset_password: { method: 'POST', path: '/auth/admin/reset-password' },
  api_key_create: { method: 'POST', path: '/auth/api_key' },
  api_key_delete: { method: 'DELETE', path: '/auth/api_key/{token_id}' },
  api_key_list: { method: 'GET', path: '/auth/api_keys' },
  api_key_rotate: { method: 'POST', path: '/auth/api_key/{token_id}/rotate' },
  auth_enabled_set: { method: 'PATCH', path: '/auth/enabled' },
  health: { method: 'GET', path: '/health' },
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

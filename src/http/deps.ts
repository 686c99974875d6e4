/** What route handlers work with, and what of it the wiring gives. */

import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AccessTokens } from '../core/access-tokens.ts';
import type { Admin } from '../core/admin.ts';
import type { AuditFeed } from '../core/audit-feed.ts';
import type { AuditTrail } from '../core/audit-trail.ts';
import type { AuthSwitch } from '../core/auth-switch.ts';
import type { ConsoleSessions } from '../core/console-sessions.ts';
import type { RequestOrigin } from '../core/events.ts';
import type { Operations } from '../core/operations.ts';
import type { OwnAccount } from '../core/own-account.ts';
import type { OwnSessions } from '../core/own-sessions.ts';
import type { PasswordChecks } from '../core/password-checks.ts';
import type { Principals } from '../core/principals.ts';
import type { ProviderProbes } from '../core/provider-probes.ts';
import type { ProviderSignIns } from '../core/provider-sign-ins.ts';
import type { Repository } from '../core/repository.ts';
import type { Sessions } from '../core/sessions.ts';
import type { SignInCounter } from '../core/sign-in-series.ts';
import type { UserExports } from '../core/user-exports.ts';
import type { UserImports } from '../core/user-imports.ts';
import type { Users } from '../core/users.ts';
import type { OwnOrigin } from './own-origin.ts';
import type { RequestLatency } from './request-latency.ts';

export interface ServerServices {
  readonly accessTokens: AccessTokens;
  readonly admin: Admin;
  readonly auditFeed: AuditFeed;
  readonly auditTrail: AuditTrail;
  readonly authSwitch: AuthSwitch;
  readonly consoleSessions: ConsoleSessions;
  readonly operations: Operations;
  readonly ownAccount: OwnAccount;
  readonly ownSessions: OwnSessions;
  readonly passwordChecks: PasswordChecks;
  readonly principals: Principals;
  readonly providerProbes: ProviderProbes;
  readonly providerSignIns: ProviderSignIns;
  readonly repository: Repository;
  readonly sessions: Sessions;
  readonly userExports: UserExports;
  readonly userImports: UserImports;
  readonly signInCounter: SignInCounter;
  readonly users: Users;
}

export interface CookieSettings {
  /** `unless_plain_http` for a server that listens to this machine alone. */
  readonly secure: 'always' | 'never' | 'unless_plain_http';
  /** Null for cookies of exactly this host. */
  readonly domain: string | null;
}

/** A setting as operators may see it. */
export interface ListedSetting {
  readonly name: string;
  /** `(set)` for a secret; null when there is none. */
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly meaning: string;
}

/** What the server runs with, for operators. */
export interface SettingsReport {
  readonly limits: {
    readonly failuresPerAddress: number;
    readonly failuresPerAccount: number;
    readonly unfamiliarFailures: number;
  };
  /** In seconds, by what they are of. */
  readonly lifetimes: {
    readonly adminToken: number;
    readonly accessToken: number;
    readonly refreshToken: number;
    readonly refreshGrace: number;
    readonly sessionMaxAge: number;
    readonly consoleIdle: number;
    readonly consoleMaxAge: number;
    readonly auditRetention: number;
  };
  readonly settings: readonly ListedSetting[];
}

export interface ServerSettings {
  /** Made when asked for. */
  readonly report: () => SettingsReport;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** What the pages call the application that people sign in to. */
  readonly appName: string;
  readonly cookies: CookieSettings;
  /** Whether the calls for localhost are answered at all. */
  readonly allowsLocalCalls: boolean;
  /** Where the built console is, or would be. */
  readonly consoleFolder: string;
}

/** What route handlers work with. */
export interface HttpDeps extends ServerServices, ServerSettings {
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
  /** The web origin that this request was made to, as the browser sees it. */
  readonly ownOriginOf: (request: FastifyRequest) => OwnOrigin;
  readonly log: Logger;
  readonly latency: RequestLatency;
  /** The OpenAPI document of all routes. */
  readonly describeApi: () => Promise<object>;
}

/** Sallyport as an operator runs it: its own start, real settings, real hashing, a real disk. */

import { join } from 'node:path';
import type { Place } from '../machine.ts';
import { type MeasuredProcess, startProcess } from '../processes.ts';
import type { Scope } from '../scope.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/**
 * What differs from the defaults, and why: limits on guessing would stop one machine that plays
 * many people, and tokens must outlive a long run. Nothing else is touched, logging included.
 */
const SETTINGS = {
  PORT: '0',
  LOGIN_FAILURES_PER_MINUTE: '1000',
  ACCOUNT_FAILURES_PER_MINUTE: '1000',
  ACCESS_TOKEN_EXPIRY: '1440',
};

/** Makes each connection a client of its own, as a proxy in front of the server would. */
export const BEHIND_PROXY = { TRUSTED_PROXIES: '127.0.0.0/8' };

/** As `npm start`, the image and the unit have it. */
const NODE_OPTIONS = ['--max-semi-space-size=16'];

export interface SubjectOptions {
  /** The checkout whose server is started. */
  readonly root: string;
  readonly place: Place;
  /** Where its data is. */
  readonly settings: Readonly<Record<string, string>>;
  /** Loaded into the process before the server. */
  readonly preload?: string;
  readonly maxOpenFiles?: number;
}

export function startSubject(scope: Scope, options: SubjectOptions): Promise<MeasuredProcess> {
  const { root, place, settings, preload, maxOpenFiles } = options;
  const first = preload === undefined ? [] : ['--import', preload];
  return startProcess(scope, {
    place,
    arguments: [...NODE_OPTIONS, ...first, join(root, 'src', 'main.ts'), 'serve'],
    folder: root,
    settings: { ...SETTINGS, ...settings },
    ...(maxOpenFiles !== undefined && { maxOpenFiles }),
  });
}

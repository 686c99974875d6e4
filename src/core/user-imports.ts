/**
 * Users from elsewhere. Each line is a user wholly or is reported, and running the same import
 * again adds what is missing. Lines are taken a batch at a time, so that any number fits into the
 * same memory and others get their turn in between.
 */

import { isRefusal } from './errors.ts';
import type { Requester } from './events.ts';
import { type ImportLine, readImportLines, type TransferFormat } from './import-lines.ts';
import {
  fieldFaultSentence,
  kindLimitSentence,
  lineFaultSentence,
  OUTCOME_SENTENCES,
  passwordSentence,
} from './import-sentences.ts';
import { brokenUserPasswordRule } from './passwords.ts';
import type { Clock, PasswordHash, PasswordHasher } from './ports.ts';
import type { Repository } from './repository.ts';
import { SeenNames } from './seen-names.ts';
import type { IncomingOutcome, IncomingUser } from './transfer-repository.ts';
import { nameIn, readUserFields, type UserFields } from './user-fields.ts';
import { usernameKey } from './usernames.ts';

/** How many users one transition adds. */
const BATCH = 250;
/** Passwords in the clear that are hashed at the same time; the queue bounds what runs. */
const HASHED_AT_ONCE = 4;
/**
 * Every sign-in computes one hash of each kind, whoever it is for, so that it tells nothing about
 * the account (contract decision 8).
 */
export const MAX_PASSWORD_KINDS = 8;

export interface ImportOptions {
  readonly isDryRun: boolean;
  /** Whether passwords in the clear are hashed, or refused. */
  readonly allowsPlainPasswords: boolean;
  /** For lines with `hash_salt` and no `hash_algorithm`: the parameters of a Firebase project. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

export type LineOutcome = 'created' | 'would_create' | 'exists' | 'failed';

/** What became of one line. */
export interface LineReport {
  readonly line: number;
  readonly outcome: LineOutcome;
  /** As the line has it; null when none could be read. */
  readonly username: string | null;
  /** A sentence; null for what was or would be created. */
  readonly reason: string | null;
}

interface PreparedLine {
  readonly line: number;
  readonly fields: UserFields;
  /** Null also while a password in the clear waits to be hashed. */
  readonly passwordHash: PasswordHash | null;
}

/** What the lines before would have brought, for a dry run. */
interface SeenLines {
  readonly names: SeenNames;
  readonly kinds: Set<string>;
}

interface ReadyLine {
  readonly line: number;
  readonly user: IncomingUser;
}

export class UserImports {
  readonly #repository: Repository;
  readonly #hasher: PasswordHasher;
  readonly #clock: Clock;

  constructor(deps: { repository: Repository; hasher: PasswordHasher; clock: Clock }) {
    this.#repository = deps.repository;
    this.#hasher = deps.hasher;
    this.#clock = deps.clock;
  }

  /**
   * Reports come a batch at a time, in the order of the lines; who stops asking stops the import
   * after the batch.
   * @throws HeaderFault
   */
  async *run(
    pieces: AsyncIterable<Uint8Array>,
    format: TransferFormat,
    options: ImportOptions,
    by: Requester,
  ): AsyncGenerator<readonly LineReport[]> {
    const seen = options.isDryRun ? { names: new SeenNames(), kinds: new Set<string>() } : null;
    let batch: ImportLine[] = [];
    for await (const line of readImportLines(pieces, format)) {
      batch.push(line);
      if (batch.length < BATCH) continue;
      yield await this.#runBatch(batch, options, seen, by);
      batch = [];
    }
    if (batch.length > 0) yield await this.#runBatch(batch, options, seen, by);
  }

  async #runBatch(
    batch: readonly ImportLine[],
    options: ImportOptions,
    seen: SeenLines | null,
    by: Requester,
  ): Promise<LineReport[]> {
    const reports = new Map<number, LineReport>();
    const prepared: PreparedLine[] = [];
    for (const line of batch) {
      const result = this.#prepare(line, options);
      if ('outcome' in result) reports.set(line.number, result);
      else prepared.push(result);
    }
    const ready: ReadyLine[] = [];
    const keys = new Set<string>();
    for (const { line, fields, passwordHash } of prepared) {
      const key = usernameKey(fields.username);
      const isRepeated = keys.has(key) || seen?.names.add(key) === true;
      keys.add(key);
      if (isRepeated) reports.set(line, reportOf(line, fields.username, 'exists'));
      else ready.push({ line, user: this.#toUser(fields, passwordHash) });
    }
    await this.#hashPlain(prepared, ready, options, reports);
    const left = ready.filter(({ line }) => !reports.has(line));
    for (const report of await this.#store(left, options, seen, by)) {
      reports.set(report.line, report);
    }
    return batch.flatMap(({ number }) => reports.get(number) ?? []);
  }

  #prepare(line: ImportLine, options: ImportOptions): PreparedLine | LineReport {
    const failed = (username: string | null, reason: string): LineReport => {
      return { line: line.number, outcome: 'failed', username, reason };
    };
    if ('fault' in line) return failed(null, lineFaultSentence(line.fault));
    const given = withDefaults(line.fields, options.defaults);
    const username = nameIn(given);
    const read = readUserFields(given, this.#clock.nowMs());
    if ('fault' in read) return failed(username, fieldFaultSentence(read.fault));
    const { password, foreignHash } = read.user;
    const adopted = foreignHash === null ? { hash: null } : this.#hasher.adopt(foreignHash);
    if ('fault' in adopted) {
      const { field, rule } = adopted.fault;
      return failed(username, fieldFaultSentence({ field, rule: { name: 'hash', rule } }));
    }
    if (password !== null) {
      if (!options.allowsPlainPasswords) {
        const fault = { field: 'password', rule: { name: 'plain_password' } } as const;
        return failed(username, fieldFaultSentence(fault));
      }
      const maxBytes = this.#hasher.maxPasswordBytes(this.#hasher.currentKind);
      const rule = brokenUserPasswordRule(password, maxBytes);
      if (rule !== null) return failed(username, passwordSentence(rule));
    }
    return { line: line.number, fields: read.user, passwordHash: adopted.hash };
  }

  #toUser(fields: UserFields, passwordHash: PasswordHash | null): IncomingUser {
    const { username, role, isEnabled, origin } = fields;
    return {
      username,
      usernameKey: usernameKey(username),
      ...this.#hashFields(passwordHash),
      role,
      isEnabled,
      origin,
      createdAtMs: fields.createdAtMs,
      lastSignInAtMs: fields.lastSignInAtMs,
      identities: fields.identities,
    };
  }

  #hashFields(passwordHash: PasswordHash | null) {
    const passwordKind = passwordHash === null ? null : this.#hasher.kindOf(passwordHash);
    return { passwordHash, passwordKind };
  }

  /** Not for who is there already: running an import again must not cost as much again. */
  async #hashPlain(
    prepared: readonly PreparedLine[],
    ready: ReadyLine[],
    { isDryRun }: ImportOptions,
    reports: Map<number, LineReport>,
  ): Promise<void> {
    const passwords = new Map<number, string>();
    for (const { line, fields } of prepared) {
      if (fields.password !== null) passwords.set(line, fields.password);
    }
    if (passwords.size === 0 || isDryRun) return;
    const outcomes = await this.#check(ready.map(({ user }) => user));
    for (const [index, { line, user }] of ready.entries()) {
      if (outcomes[index] === 'exists') {
        reports.set(line, reportOf(line, user.username, 'exists'));
        passwords.delete(line);
      }
    }
    const waiting = [...ready.entries()].filter(([, { line }]) => passwords.has(line));
    const running = new Set<Promise<unknown>>();
    const hashNext = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, { line, user }] = next;
        const passwordHash = await this.#hash(passwords.get(line) ?? '', running);
        ready[index] = { line, user: { ...user, ...this.#hashFields(passwordHash) } };
      }
    };
    await Promise.all(Array.from({ length: HASHED_AT_ONCE }, hashNext));
  }

  /** Where the queue is full of our own it is waited for: there is nobody to be told to come back. */
  async #hash(password: string, running: Set<Promise<unknown>>): Promise<PasswordHash> {
    for (;;) {
      const hashing = this.#hasher.hash(password, 'operator');
      const settled: Promise<unknown> = hashing
        .catch(() => undefined)
        .then(() => running.delete(settled));
      running.add(settled);
      try {
        return await hashing;
      } catch (error) {
        await settled;
        if (!isRefusal(error, 'password_checks_busy') || running.size === 0) throw error;
        await Promise.race(running);
      }
    }
  }

  async #store(
    ready: readonly ReadyLine[],
    { isDryRun }: ImportOptions,
    seen: SeenLines | null,
    by: Requester,
  ): Promise<LineReport[]> {
    if (ready.length === 0) return [];
    const users = ready.map(({ user }) => user);
    const outcomes = isDryRun
      ? await this.#check(users, seen?.kinds)
      : await this.#repository.importUsers({ users, by, ...this.#kindLimit() });
    return ready.map(({ line, user }, index) => {
      const outcome = outcomes[index] ?? 'exists';
      if (outcome === 'created' && user.passwordKind !== null) seen?.kinds.add(user.passwordKind);
      const isRepeated = user.identities.map(({ issuer, subject }) =>
        seen?.names.add(`${issuer}\0${subject}`),
      );
      const isTaken = outcome === 'created' && isRepeated.includes(true);
      return reportOf(line, user.username, isTaken ? 'identity_taken' : outcome, isDryRun);
    });
  }

  #check(
    users: readonly IncomingUser[],
    broughtKinds: Iterable<string> = [],
  ): Promise<IncomingOutcome[]> {
    return this.#repository.checkUsers({ users, ...this.#kindLimit(broughtKinds) });
  }

  #kindLimit(broughtKinds: Iterable<string> = []) {
    const presentKinds = [this.#hasher.currentKind, ...broughtKinds];
    return { maxKinds: MAX_PASSWORD_KINDS, presentKinds };
  }
}

function reportOf(
  line: number,
  username: string,
  outcome: IncomingOutcome,
  isDryRun = false,
): LineReport {
  switch (outcome) {
    case 'created':
      return { line, outcome: isDryRun ? 'would_create' : 'created', username, reason: null };
    case 'exists':
      return { line, outcome, username, reason: OUTCOME_SENTENCES.exists };
    case 'identity_taken':
      return { line, outcome: 'failed', username, reason: OUTCOME_SENTENCES.identity_taken };
    case 'too_many_kinds': {
      const reason = kindLimitSentence(MAX_PASSWORD_KINDS);
      return { line, outcome: 'failed', username, reason };
    }
  }
}

/** What says its algorithm, or has no salt beside it, is a hash of another form. */
export function withDefaults(
  fields: Readonly<Record<string, unknown>>,
  defaults: ImportOptions['defaults'],
): Readonly<Record<string, unknown>> {
  const isMeant = typeof fields.hash_salt === 'string' && fields.hash_algorithm === undefined;
  return defaults !== undefined && isMeant ? { ...defaults, ...fields } : fields;
}

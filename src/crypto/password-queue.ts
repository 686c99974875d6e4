/**
 * The bounded queue in front of hashing (contract decision 16). A password check costs tens of
 * milliseconds of a whole core, so a burst must end in quick refusals and not in a long line:
 * nobody waits longer than five seconds, and one address holds at most a quarter of the line.
 */

import { SallyportError } from '../core/errors.ts';
import type { ForeignHash, ForeignHashFault, PasswordHash, PasswordHasher } from '../core/ports.ts';
import { adoptForeignHash } from './foreign-hashes.ts';
import { decoyOfKind, kindOfHash, maxBytesOfKind } from './password-schemes.ts';
import type { PasswordEngine } from './password-threads.ts';
import type { HashScheme, PasswordJob } from './password-worker.ts';

/** Nobody waits longer for a hashing thread. */
export const MAX_WAIT_MS = 5_000;
/** One caller's share of the places, running and waiting. */
const CALLER_SHARE = 1 / 4;
/** Assumed until the first jobs have been measured. */
const FIRST_ESTIMATE_MS = 100;
/** Weight of the newest measurement in the running estimate. */
const ESTIMATE_WEIGHT = 0.1;
const MAX_PLACES = 4096;

interface WaitingJob {
  readonly job: PasswordJob;
  readonly caller: string;
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: unknown) => void;
  readonly timeout: NodeJS.Timeout;
}

export class QueuedPasswordHasher implements PasswordHasher {
  readonly currentKind: string;
  readonly #engine: PasswordEngine;
  readonly #scheme: HashScheme;
  readonly #waiting: WaitingJob[] = [];
  readonly #placesByCaller = new Map<string, number>();
  #admitted = 0;
  #running = 0;
  #estimateMs = FIRST_ESTIMATE_MS;

  constructor(deps: { engine: PasswordEngine; scheme: HashScheme }) {
    this.#engine = deps.engine;
    this.#scheme = deps.scheme;
    const { memoryKib, passes, lanes } = deps.scheme.argon2id;
    this.currentKind =
      deps.scheme.algorithm === 'bcrypt'
        ? `bcrypt:${deps.scheme.bcryptCost}`
        : `argon2id:${memoryKib}:${passes}:${lanes}`;
  }

  admit(): () => void {
    if (this.#admitted >= this.#places()) throw this.#busy();
    this.#admitted += 1;
    return () => {
      this.#admitted -= 1;
    };
  }

  whyFull(): { readonly retryAfterSeconds: number } | null {
    return this.#admitted < this.#places() ? null : this.#advice();
  }

  async hash(password: string, caller: string): Promise<PasswordHash> {
    const scheme = this.#scheme;
    return (await this.#enqueue({ kind: 'hash', password, scheme }, caller)) as PasswordHash;
  }

  async verify(password: string, hash: PasswordHash, caller: string): Promise<boolean> {
    if (kindOfHash(hash) === 'unreadable') return false;
    return (await this.#enqueue({ kind: 'verify', password, hash }, caller)) === true;
  }

  kindOf(hash: PasswordHash): string {
    return kindOfHash(hash);
  }

  decoyOf(kind: string): PasswordHash {
    return decoyOfKind(kind);
  }

  maxPasswordBytes(kind: string): number {
    return maxBytesOfKind(kind);
  }

  adopt(foreign: ForeignHash): { hash: PasswordHash } | { fault: ForeignHashFault } {
    return adoptForeignHash(foreign);
  }

  /** Jobs that run or wait now. */
  get depth(): number {
    return this.#running + this.#waiting.length;
  }

  #enqueue(job: PasswordJob, caller: string): Promise<string | boolean> {
    const places = this.#places();
    const held = this.#placesByCaller.get(caller) ?? 0;
    if (this.depth >= places || held >= Math.max(1, Math.floor(places * CALLER_SHARE))) {
      return Promise.reject(this.#busy());
    }
    this.#placesByCaller.set(caller, held + 1);
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => this.#giveUp(waiting), MAX_WAIT_MS);
      const waiting: WaitingJob = { job, caller, resolve, reject, timeout };
      this.#waiting.push(waiting);
      this.#startNext();
    });
  }

  /** As many as can be done within the longest wait, at the speed of the last jobs. */
  #places(): number {
    const perThread = Math.max(2, Math.floor(MAX_WAIT_MS / this.#estimateMs));
    return Math.min(MAX_PLACES, this.#engine.concurrency * perThread);
  }

  #startNext(): void {
    if (this.#running >= this.#engine.concurrency) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    clearTimeout(next.timeout);
    this.#running += 1;
    const startedMs = performance.now();
    this.#engine
      .run(next.job)
      .then(next.resolve, next.reject)
      .finally(() => {
        const tookMs = performance.now() - startedMs;
        this.#estimateMs += (tookMs - this.#estimateMs) * ESTIMATE_WEIGHT;
        this.#running -= 1;
        this.#freePlace(next.caller);
        this.#startNext();
      });
  }

  #giveUp(waiting: WaitingJob): void {
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#freePlace(waiting.caller);
    waiting.reject(this.#busy());
  }

  #freePlace(caller: string): void {
    const held = (this.#placesByCaller.get(caller) ?? 1) - 1;
    if (held > 0) this.#placesByCaller.set(caller, held);
    else this.#placesByCaller.delete(caller);
  }

  #busy(): SallyportError<'password_checks_busy'> {
    return new SallyportError('password_checks_busy', this.#advice());
  }

  /** When the line will have moved on, at the speed of the last jobs. */
  #advice(): { retryAfterSeconds: number } {
    const drainMs = (this.depth * this.#estimateMs) / this.#engine.concurrency;
    const seconds = Math.max(1, Math.ceil(drainMs / 1000));
    return { retryAfterSeconds: Math.min(MAX_WAIT_MS / 1000, seconds) };
  }
}

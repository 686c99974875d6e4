/**
 * What the conformance suites need of a database: the repository under test, its time, and other
 * processes that use the same database. One file for each kind of database makes these.
 */

import type { Repository } from '../../src/core/repository.ts';

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

/** One call of a repository method, in a form that can be sent to another process. */
export interface Call {
  readonly method: keyof Repository;
  readonly input: unknown;
}

/** What became of a call: its result, or the code of the refusal. */
export type CallResult = { readonly result: unknown } | { readonly fault: string };

export interface Store {
  readonly repository: Repository;
  /** The time that this store's transitions go by. */
  nowMs(): number;
  advanceMs(ms: number): void;
  /** What no repository method does, such as disabling a user. `?` stands for a value. */
  sql(text: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /**
   * Makes all calls at the same moment: each list in an operating-system process of its own,
   * the calls of one list at once within it. Results are in the order of the calls.
   */
  contend(calls: readonly (readonly Call[])[]): Promise<CallResult[][]>;
  /** A second server on the same database, in this process and with nothing in common. */
  another(): Promise<Pick<Store, 'repository' | 'settled'>>;
  /** One on this store's connections that keeps no answers. */
  readonly forgetful: Repository;
  /** Resolves when this server knows of all changes that others have committed before. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A new, empty store of this release's schema. */
export type OpenStore = () => Promise<Store>;

export function callOf<K extends keyof Repository>(
  method: K,
  ...[input]: Parameters<Repository[K]>
): Call {
  return { method, input };
}

/** Deals `calls` out to `processes` lists, as evenly as it goes. */
export function dealOut(calls: readonly Call[], processes = 4): Call[][] {
  return Array.from({ length: processes }, (_, process) =>
    calls.filter((_call, index) => index % processes === process),
  );
}

export async function makeCall(repository: Repository, call: Call): Promise<CallResult> {
  const method = repository[call.method] as (input: unknown) => Promise<unknown>;
  try {
    return { result: await method(call.input) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** The results of all calls in one list; a refusal among them fails the test. */
export function resultsOf<T>(contended: readonly (readonly CallResult[])[]): T[] {
  return contended.flat().map((entry) => {
    if ('fault' in entry) throw new Error(`a contended call was refused: ${entry.fault}`);
    return entry.result as T;
  });
}

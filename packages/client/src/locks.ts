/** One at a time: across tabs by Web Locks where there are any, otherwise within this page. */

/** As much of the web's `LockManager` as is needed. */
export interface LockManagerLike {
  request(
    name: string,
    options: { signal: AbortSignal },
    callback: () => Promise<void>,
  ): Promise<unknown>;
}

/** The platform's own, in browsers with a secure context and in Node 24. */
export function platformLocks(): LockManagerLike | undefined {
  return (globalThis as { navigator?: { locks?: LockManagerLike } }).navigator?.locks;
}

/** A queue for each name, for one client alone. */
export class PageLocks implements LockManagerLike {
  readonly #last = new Map<string, Promise<void>>();

  request(name: string, _: object, callback: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(callback);
    this.#last.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }
}

/**
 * Runs `work` under the lock. A lock that is refused, or not granted within `patienceMs`, is done
 * without: it saves requests, but it is the server that makes two refreshes at once harmless.
 */
export async function withLock<T>(
  locks: LockManagerLike,
  { name, patienceMs }: { readonly name: string; readonly patienceMs: number },
  work: () => Promise<T>,
): Promise<T> {
  let running: Promise<T> | undefined;
  const patience = new AbortController();
  const timeout = setTimeout(() => patience.abort(), patienceMs);
  try {
    await locks.request(name, { signal: patience.signal }, async () => {
      clearTimeout(timeout);
      running = work();
      // The lock is released at the end either way; the outcome is told below.
      await running.then(
        () => undefined,
        () => undefined,
      );
    });
  } catch {
    // Not granted; `running` says whether the work has begun.
  } finally {
    clearTimeout(timeout);
  }
  return running ?? work();
}

/** Where a session is kept. What is kept is one text, which holds both tokens. */

export interface TokenStorage {
  /**
   * The name that this storage has in every tab or process that sees the same content; locks and
   * notices between tabs are named after it. Undefined when nobody else sees it.
   */
  readonly sharedName?: string | undefined;
  read(): string | null | Promise<string | null>;
  /** Null removes it. */
  write(text: string | null): void | Promise<void>;
  /** Calls back after somebody else has written; gives what stops it. */
  watch?(onChange: () => void): () => void;
}

/** The default: tokens are gone with the page or process, and out of reach of other scripts. */
export function memoryStorage(): TokenStorage {
  let kept: string | null = null;
  return {
    read: () => kept,
    write: (text) => {
      kept = text;
    },
  };
}

/** As much of the web's `Storage` as is needed. */
export interface WebStorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface StorageEvents {
  addEventListener?(name: 'storage', listener: (event: { key?: string | null }) => void): void;
  removeEventListener?(name: 'storage', listener: (event: { key?: string | null }) => void): void;
}

/**
 * `localStorage`, or another web storage: shared by all tabs of an origin. Every script of the
 * origin can read it, so one injected script is enough to take the session away.
 *
 * @param options.key one for each server that the origin signs in to
 */
export function webStorage(
  options: { readonly storage?: WebStorageLike; readonly key?: string } = {},
): TokenStorage {
  const { key = 'sallyport.session' } = options;
  // Looked up when used: where storage is forbidden, even to name it throws.
  const area = () =>
    options.storage ?? (globalThis as unknown as { localStorage: WebStorageLike }).localStorage;
  return {
    sharedName: key,
    read: () => area().getItem(key),
    write: (text) => (text === null ? area().removeItem(key) : area().setItem(key, text)),
    watch: (onChange) => {
      const page = globalThis as StorageEvents;
      // A null key means that everything was cleared.
      const listener = (event: { key?: string | null }) => {
        if (event.key === key || event.key === null) onChange();
      };
      page.addEventListener?.('storage', listener);
      return () => page.removeEventListener?.('storage', listener);
    },
  };
}

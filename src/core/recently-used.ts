/**
 * A map of bounded size that forgets what was not used for longest, roughly: it holds two
 * generations, and what is found in the older one moves to the younger. That costs one write for
 * each generation, where an exact order would cost one for each question.
 */
export class RecentlyUsed<K, V> {
  readonly #maxPerGeneration: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** `max` entries at most, and at least half as many once that many were set. */
  constructor(max: number) {
    this.#maxPerGeneration = Math.floor(max / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const older = this.#old.get(key);
    if (older === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#maxPerGeneration && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  *entries(): Generator<[K, V]> {
    yield* this.#young;
    yield* this.#old;
  }
}

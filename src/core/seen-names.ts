/**
 * Which names have come before, in a few bytes each: 53 bits of a hash stand for a name. Among a
 * million names two are taken for one in one of twenty thousand files; it is used for reports only.
 */

const FIRST_SIZE = 1024;

export class SeenNames {
  #table = new Float64Array(FIRST_SIZE);
  #count = 0;

  /** Whether it was there already. */
  add(name: string): boolean {
    if (this.#count * 2 >= this.#table.length) this.#grow();
    return this.#put(hashOf(name));
  }

  #put(hash: number): boolean {
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const there = this.#table[slot];
      if (there === hash) return true;
      if (there !== 0) continue;
      this.#table[slot] = hash;
      this.#count += 1;
      return false;
    }
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Float64Array(before.length * 2);
    this.#count = 0;
    for (const hash of before) if (hash !== 0) this.#put(hash);
  }
}

/** Two multiplicative hashes of 32 bits, mixed; never 0, which is an empty slot. */
function hashOf(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0) + 1;
}

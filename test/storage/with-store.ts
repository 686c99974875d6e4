/** A test that gets a new store and leaves none behind. */

import { test } from 'node:test';
import type { OpenStore, Store } from './store.ts';

export type StoreTest = (title: string, body: (store: Store) => Promise<void>) => void;

export function testsWith(openStore: OpenStore): StoreTest {
  return (title, body) => {
    test(title, async () => {
      const store = await openStore();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  };
}

/** What a repository method takes and gives, for the transition behind it. */

import type { Repository } from '../core/repository.ts';

export type Input<K extends keyof Repository> = Parameters<Repository[K]>[0];

export type Output<K extends keyof Repository> = Awaited<ReturnType<Repository[K]>>;

/** The auth switch (contract decision 3): on unless the database clearly says off. */

import type { RequestOrigin } from './events.ts';
import type { Repository } from './repository.ts';

export class AuthSwitch {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  isEnabled(): Promise<boolean> {
    return this.#repository.isAuthEnabled();
  }

  /** Only the built-in admin may. */
  async set(isEnabled: boolean, origin: RequestOrigin): Promise<void> {
    const by = { actor: { kind: 'admin' }, origin } as const;
    await this.#repository.setAuthEnabled({ isEnabled, by });
  }
}

/** The auth switch (contract decision 3): on unless the database clearly says off. */

import type { Requester } from './events.ts';
import type { Repository } from './repository.ts';

export class AuthSwitch {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  isEnabled(): Promise<boolean> {
    return this.#repository.isAuthEnabled();
  }

  /** Only the built-in admin may, and whoever has the data folder. */
  async set(isEnabled: boolean, by: Requester = {}): Promise<void> {
    await this.#repository.setAuthEnabled({ isEnabled, by });
  }
}

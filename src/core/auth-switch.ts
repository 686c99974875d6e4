/** The auth switch (contract decision 3): on unless the database clearly says off. */

import type { Requester } from './events.ts';
import type { AuthSwitchState, Repository } from './repository.ts';

export class AuthSwitch {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  isEnabled(): Promise<boolean> {
    return this.#repository.isAuthEnabled();
  }

  /** As it is stored now, with the version that a change may expect. */
  read(): Promise<AuthSwitchState> {
    return this.#repository.readAuthSwitch();
  }

  /** Where nobody has set it since `expectedVersion`; null is whatever there is. */
  change(input: {
    isEnabled: boolean;
    expectedVersion: number | null;
    by: Requester;
  }): ReturnType<Repository['setAuthEnabled']> {
    return this.#repository.setAuthEnabled(input);
  }

  /** Only the built-in admin may, and whoever has the data folder. */
  async set(isEnabled: boolean, by: Requester = {}): Promise<void> {
    await this.#repository.setAuthEnabled({ isEnabled, by });
  }
}

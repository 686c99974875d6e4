/** The auth switch (contract decision 3): on unless the database clearly says off. */

import type { RequestOrigin } from './events.ts';
import type { SecurityEvents } from './ports.ts';
import type { Repository } from './repository.ts';

export class AuthSwitch {
  readonly #repository: Repository;
  readonly #events: SecurityEvents;

  constructor(deps: { repository: Repository; events: SecurityEvents }) {
    this.#repository = deps.repository;
    this.#events = deps.events;
  }

  isEnabled(): Promise<boolean> {
    return this.#repository.isAuthEnabled();
  }

  async set(isEnabled: boolean, origin: RequestOrigin): Promise<void> {
    await this.#repository.setAuthEnabled(isEnabled);
    const name = isEnabled ? 'auth.enabled' : 'auth.disabled';
    this.#events.record({ name, origin, subject: 'admin' });
  }
}

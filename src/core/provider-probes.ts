/**
 * Whether the providers that people sign in with can be reached from here, as an operator has last
 * asked. It is kept by this process alone and forgotten with it.
 */

import { SallyportError } from './errors.ts';
import type { Clock, ProbedProvider } from './ports.ts';

export interface ProviderState {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly state: 'not_tried' | 'reachable' | 'unreachable';
  readonly triedAtMs: number | null;
  /** What was found, for people; null before the first time. */
  readonly detail: string | null;
}

type Finding = Pick<ProviderState, 'state' | 'triedAtMs' | 'detail'>;

const NOT_TRIED: Finding = { state: 'not_tried', triedAtMs: null, detail: null };

export class ProviderProbes {
  readonly #providers: readonly ProbedProvider[];
  readonly #clock: Clock;
  readonly #findings = new Map<string, Finding>();
  /** Whoever asks while one is under way gets what it finds. */
  readonly #underWay = new Map<string, Promise<Finding>>();

  constructor(deps: { providers: readonly ProbedProvider[]; clock: Clock }) {
    this.#providers = deps.providers;
    this.#clock = deps.clock;
  }

  /** In the order in which people are offered them. */
  list(): ProviderState[] {
    return this.#providers.map((provider) => this.#stateOf(provider));
  }

  /** Asks the provider now. @throws SallyportError `provider_not_configured` */
  async probe(id: string): Promise<ProviderState> {
    const provider = this.#providers.find((one) => one.id === id);
    if (provider === undefined) throw new SallyportError('provider_not_configured', {});
    const asked = this.#underWay.get(id) ?? this.#ask(provider);
    this.#underWay.set(id, asked);
    try {
      this.#findings.set(id, await asked);
    } finally {
      this.#underWay.delete(id);
    }
    return this.#stateOf(provider);
  }

  async #ask(provider: ProbedProvider): Promise<Finding> {
    try {
      const { keys } = await provider.probe();
      const detail = keys === 1 ? 'It has 1 signing key.' : `It has ${keys} signing keys.`;
      return { state: 'reachable', triedAtMs: this.#clock.nowMs(), detail };
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      const { cause } = error;
      const detail = cause instanceof Error ? cause.message : error.code;
      return { state: 'unreachable', triedAtMs: this.#clock.nowMs(), detail };
    }
  }

  #stateOf({ id, name, issuer }: ProbedProvider): ProviderState {
    return { id, name, issuer, ...(this.#findings.get(id) ?? NOT_TRIED) };
  }
}

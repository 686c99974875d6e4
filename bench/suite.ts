/**
 * The words of this suite. A scenario has contenders: Sallyport, what bounds it and its peers, all
 * doing the same work. A round measures each of them once, in an order that alternates, and each
 * gives figures. A row compares two figures round by round; see rows.ts.
 */

import type { Scope } from './scope.ts';
import type { Sites } from './subject/site.ts';
import type { DatabaseKind } from './subject/subject-server.ts';

/** Numbers by name, such as `perSecond`, `p99Ms`, `residentMb`; units come last. */
export type Figures = Readonly<Record<string, number>>;

export interface Sample {
  readonly figures: Figures;
  /** Only for a chart over time. */
  readonly timeline?: Timeline;
}

/** Equally long series; seconds since the start of the measurement. */
export interface Timeline {
  readonly atSeconds: readonly number[];
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  readonly phases: readonly { readonly name: string; readonly fromSeconds: number }[];
}

export interface Effort {
  readonly warmupMs: number;
  readonly measureMs: number;
}

/** What one measurement is given. Whatever it starts ends with the scope. */
export interface Round {
  readonly scope: Scope;
  /** The checkout whose server is the subject. */
  readonly root: string;
  readonly database: DatabaseKind;
  readonly effort: Effort;
  readonly sites: Sites;
  /** PostgreSQL for what needs one and is not Sallyport: an empty database. */
  readonly createDatabase: () => Promise<string>;
}

export interface Contender {
  readonly name: string;
  /** The subject is Sallyport; `--compare` runs it twice and leaves the others out. */
  readonly role: 'subject' | 'limit' | 'peer';
  measure(round: Round): Promise<Sample>;
}

export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  /** What is done, for the progress lines and the documentation. */
  readonly title: string;
  readonly databases: readonly DatabaseKind[];
  /** The subject comes first. */
  readonly contenders: readonly Contender[];
  /** Rounds of it in a quick run, where that must be fewer than of the others; 0 leaves it out. */
  readonly quickRounds?: number;
  /** Its only purpose is the comparison with peers. */
  readonly isForPeers?: boolean;
  /** Why it would say nothing on this machine, or null. */
  findObstacle?(): string | null;
}

export const SUBJECT = 'sallyport';

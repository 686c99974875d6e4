/** What a run leaves behind: every raw value, and what is needed to judge it. */

import type { Machine } from '../machine.ts';
import type { Sample } from '../suite.ts';

export interface Run {
  readonly revision: string;
  /** The other side of `--compare`; else null. */
  readonly comparedWith: string | null;
  readonly startedAt: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly effort: { readonly warmupMs: number; readonly measureMs: number };
  /** One-minute load average before anything was started. */
  readonly loadAtStart: number;
  readonly measurements: readonly Measurement[];
  /** Scenarios that would say nothing here, and why. */
  readonly obstacles: Readonly<Record<string, string>>;
}

export interface Measurement {
  readonly scenario: string;
  readonly database: string;
  readonly contender: string;
  readonly round: number;
  readonly loadAverage: number;
  /** Either what was measured, or why that counts for nothing. */
  readonly sample: Sample | null;
  readonly fault: string | null;
}

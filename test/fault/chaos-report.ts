/** What a run of chaos has come to, and how it is told. */

import { type History, isAcknowledged, staleMs } from './history.ts';

export class Totals {
  rounds = 0;
  operations = 0;
  unanswered = 0;
  /** Changes that were answered with success, all of which had to be found again. */
  acknowledgedChanges = 0;
  /** Answers that another server gave after an end, and the latest of them. */
  staleAnswers = 0;
  longestStaleMs = 0;
  slowestMs = 0;
  longestRecoveryMs = 0;
  readonly faults = new Map<string, number>();
  readonly violations: string[] = [];

  add({ operations }: History, violations: readonly string[]): void {
    this.operations += operations.length;
    this.unanswered += operations.filter((one) => one.end === null).length;
    const reads = ['verify', 'use', 'admin_use', 'list'];
    const changes = operations.filter((one) => isAcknowledged(one) && !reads.includes(one.call));
    this.acknowledgedChanges += changes.length;
    for (const { asked } of operations) {
      if (asked) this.slowestMs = Math.max(this.slowestMs, asked.endMs - asked.startMs);
    }
    const ends = changes.filter(({ call }) => call === 'logout' || call === 'delete');
    for (const end of ends) {
      for (const use of operations) {
        const isAfter = end.end !== null && use.start > end.end && use.subject === end.subject;
        const late = isAfter && isAcknowledged(use) ? staleMs(end, use) : null;
        if (late === null) continue;
        this.staleAnswers += 1;
        this.longestStaleMs = Math.max(this.longestStaleMs, late);
      }
    }
    this.violations.push(...violations.map((line) => `round ${this.rounds}: ${line}`));
  }
}

export function describeReport(
  totals: Totals,
  run: { seed: number; tookMs: number; wires: string },
): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const faults = [...totals.faults].sort().map(([name, times]) => `  ${name}: ${times}`);
  return [
    `chaos with seed ${run.seed}: ${(run.tookMs / 60_000).toFixed(1)} minutes, ` +
      `${totals.rounds} rounds, wires by ${run.wires}`,
    'faults:',
    ...faults,
    `operations: ${totals.operations}, without an answer or 503: ${totals.unanswered}`,
    `acknowledged changes: ${totals.acknowledgedChanges}`,
    `slowest answer: ${seconds(totals.slowestMs)} s`,
    `longest recovery of all servers: ${seconds(totals.longestRecoveryMs)} s`,
    `answers of other servers after an end: ${totals.staleAnswers}, ` +
      `the latest ${seconds(totals.longestStaleMs)} s after it`,
    `violations: ${totals.violations.length}`,
    ...totals.violations,
    '',
  ].join('\n');
}

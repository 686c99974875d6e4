/**
 * What is asked of PostgreSQL at the same time in one statement, so that it shares a round trip and
 * a commit. Who comes while enough groups are under way waits and makes up the next one: under
 * load groups grow, and at rest nobody waits.
 */

import type { CompiledStatement, Row } from './transition.ts';

/** So many that an answer's share of the round trip is small, and so few that nobody waits long. */
const MAX_GROUP = 64;
/** One travels while another one is worked on. */
const MAX_UNDER_WAY = 2;

interface Asked {
  readonly values: Row;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly deadlineMs: number;
}

/** Who asks at the same time for the same. */
interface Line {
  waiting: Asked[];
  underWay: number;
  isScheduled: boolean;
}

export class PostgresGroups {
  readonly #run: (statement: CompiledStatement, values: Row) => Promise<readonly Row[]>;
  readonly #busy: () => unknown;
  readonly #maxWaiting: number;
  readonly #deadlineMs: number;
  readonly #lines = new Map<CompiledStatement, Line>();

  /**
   * `run` runs a statement for a whole group: each value is an array with one for everybody, and
   * each row says by `place`, from 1, whose it is. `busy` makes what those are told who are one too
   * many in `maxWaiting`, or have waited for `deadlineMs`.
   */
  constructor(options: {
    run: (statement: CompiledStatement, values: Row) => Promise<readonly Row[]>;
    busy: () => unknown;
    maxWaiting: number;
    deadlineMs: number;
  }) {
    this.#run = options.run;
    this.#busy = options.busy;
    this.#maxWaiting = options.maxWaiting;
    this.#deadlineMs = options.deadlineMs;
  }

  /**
   * The row for these values, or undefined: then nothing has happened.
   * @throws what `run` throws, to everybody in the group
   */
  ask(statement: CompiledStatement, values: Row): Promise<Row | undefined> {
    const line = this.#lineOf(statement);
    return new Promise((resolve, reject) => {
      if (line.waiting.length >= this.#maxWaiting) return reject(this.#busy());
      const deadlineMs = performance.now() + this.#deadlineMs;
      line.waiting.push({ values, resolve, reject, deadlineMs });
      this.#schedule(statement, line);
    });
  }

  #lineOf(statement: CompiledStatement): Line {
    let line = this.#lines.get(statement);
    if (line === undefined) {
      line = { waiting: [], underWay: 0, isScheduled: false };
      this.#lines.set(statement, line);
    }
    return line;
  }

  /** Once everybody who came with the same turn of the event loop has asked. */
  #schedule(statement: CompiledStatement, line: Line): void {
    if (line.isScheduled || line.underWay >= MAX_UNDER_WAY) return;
    line.isScheduled = true;
    setImmediate(() => {
      line.isScheduled = false;
      void this.#send(statement, line);
    });
  }

  async #send(statement: CompiledStatement, line: Line): Promise<void> {
    const nowMs = performance.now();
    const group: Asked[] = [];
    for (const asked of line.waiting.splice(0, MAX_GROUP)) {
      if (asked.deadlineMs > nowMs) group.push(asked);
      else asked.reject(this.#busy());
    }
    if (group.length > 0) {
      line.underWay += 1;
      if (line.waiting.length > 0) this.#schedule(statement, line);
      await this.#answer(statement, group);
      line.underWay -= 1;
    }
    if (line.waiting.length > 0) this.#schedule(statement, line);
  }

  async #answer(statement: CompiledStatement, group: readonly Asked[]): Promise<void> {
    try {
      const rows = await this.#run(statement, columnsOf(group));
      const byPlace = new Map(rows.map((row) => [row.place, row]));
      for (const [index, { resolve }] of group.entries()) resolve(byPlace.get(index + 1));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

function columnsOf(group: readonly Asked[]): Row {
  const names = Object.keys(group[0]?.values ?? {});
  return Object.fromEntries(names.map((name) => [name, group.map(({ values }) => values[name])]));
}

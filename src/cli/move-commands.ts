/** What the command about moving asks of the wiring, in words of its own. */

export interface MovedTableLine {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 of its rows, the same on both sides. */
  readonly checksum: string;
}

export interface MoveReport {
  /** Without the password. */
  readonly target: string;
  readonly tables: readonly MovedTableLine[];
  /** Everything was there before, and this only compared it. */
  readonly wasComplete: boolean;
  /** The file that has been moved and on which no server starts any more. */
  readonly source: string;
}

export interface MoveCommands {
  /** `to` null is the DATABASE_URL of the environment. @throws StartFault */
  readonly run: (
    to: string | null,
    options: {
      readonly end: AbortSignal;
      /** From 0 to 1. */
      readonly report: (share: number) => void;
    },
  ) => Promise<MoveReport | 'cancelled'>;
  /** Lets servers start on the embedded database again. @throws StartFault */
  readonly undo: () => Promise<{ source: string; wasMoved: boolean }>;
}

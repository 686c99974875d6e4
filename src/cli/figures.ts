/** `sallyport figures` */

import { InvalidArgumentError } from 'commander';
import { SERIES_PERIODS, type SeriesPeriod } from '../core/sign-in-series.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { FiguresOverTime, LatencyFigures } from './operator-target.ts';
import { answer } from './output.ts';
import { type Column, eachOf, printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { toMinute, toRfc3339 } from './times.ts';

const ABOUT = `Count sign-ins, failed sign-ins, refreshes and refusals by a limit over time: the
last hour by minutes, the last day by quarters of an hour, or the last week by
hours. The last line is not over.

With --url the last hour also has how long the requests of the server that
answered took: how many there were, and the times that half of them and 99 of
100 stayed below.`;

interface FiguresOptions extends TargetOptions {
  readonly period: SeriesPeriod;
}

type Bucket = FiguresOverTime['buckets'][number];
type Row = Bucket & { readonly latency: LatencyFigures['buckets'][number] | undefined };

export function addFigures(program: OperatorCommand, context: CommandContext): void {
  const command = program
    .addNew('figures')
    .summary('count sign-ins and refreshes over time')
    .description(ABOUT)
    .option('--period <period>', SERIES_PERIODS.join(', '), parsePeriod, 'hour') as OperatorCommand;
  command
    .suggests('--period', SERIES_PERIODS)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
An access token does not see the figures of a server.
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport figures',
  'npx sallyport figures --period week --json | jq .buckets[].sign_in_failed',
)}
${EXIT_CODES}`,
    )
    .action((options: FiguresOptions) =>
      withTarget(context, options, async ({ audit }) => {
        const figures = await audit.countOverTime(options.period);
        if (options.json) return answer(context, true, { json: figuresJson(figures), text: '' });
        const { latency } = figures;
        const isTimed = latency !== null && options.period === 'hour';
        const columns = isTimed ? [...COUNTS, ...TIMES] : COUNTS;
        const rows = figures.buckets.map((bucket) => ({
          ...bucket,
          latency: latency?.buckets.find(({ atMs }) => atMs === bucket.atMs),
        }));
        await printRows(context, false, { columns, toJson: (row: Row) => row }, eachOf(rows));
      }),
    );
}

const COUNTS: readonly Column<Row>[] = [
  {
    title: 'TIME',
    text: ({ atMs }) => toRfc3339(atMs),
    terminalText: ({ atMs }) => toMinute(atMs),
  },
  { title: 'SIGNED IN', text: ({ signedIn }) => String(signedIn) },
  {
    title: 'FAILED',
    text: ({ signInFailed }) => String(signInFailed),
    mark: ({ signInFailed }) => (signInFailed > 0 ? 'caution' : null),
  },
  { title: 'REFRESHED', text: ({ refreshed }) => String(refreshed) },
  {
    title: 'LIMITED',
    text: ({ limited }) => String(limited),
    mark: ({ limited }) => (limited > 0 ? 'caution' : null),
  },
];

const TIMES: readonly Column<Row>[] = [
  { title: 'REQUESTS', text: ({ latency }) => String(latency?.requests ?? 0) },
  { title: 'P50 MS', text: ({ latency }) => toMs(latency?.p50Ms) },
  { title: 'P99 MS', text: ({ latency }) => toMs(latency?.p99Ms) },
];

/** Three digits: the others say nothing. */
function toMs(ms: number | undefined): string {
  return ms === undefined ? '-' : String(Number(ms.toPrecision(3)));
}

/** The fields of `GET /management/figures`. */
function figuresJson({
  fromMs,
  untilMs,
  bucketSeconds,
  buckets,
  latency,
}: FiguresOverTime): object {
  return {
    from: toRfc3339(fromMs),
    until: toRfc3339(untilMs),
    bucket_seconds: bucketSeconds,
    buckets: buckets.map((bucket) => ({
      at: toRfc3339(bucket.atMs),
      signed_in: bucket.signedIn,
      sign_in_failed: bucket.signInFailed,
      refreshed: bucket.refreshed,
      limited: bucket.limited,
    })),
    latency: latency && {
      server_id: latency.serverId,
      since: toRfc3339(latency.sinceMs),
      buckets: latency.buckets.map(({ atMs, requests, p50Ms, p99Ms }) => ({
        at: toRfc3339(atMs),
        requests,
        p50_ms: p50Ms,
        p99_ms: p99Ms,
      })),
    },
  };
}

function parsePeriod(text: string): SeriesPeriod {
  const period = SERIES_PERIODS.find((candidate) => candidate === text);
  if (period !== undefined) return period;
  throw new InvalidArgumentError(`Say one of ${SERIES_PERIODS.join(', ')}.`);
}

/**
 * More than the server can do, seen over time: first 500 people who sign in at once and, when they
 * are refused, come again ten times a second; later ten times as many connections as it may have
 * open. A steady 400 checks a second go on through all of it, and their latency is the measure.
 */

import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Histogram } from '../load/histogram.ts';
import type { Calls, LoadResult } from '../load/plan.ts';
import { type Load, LoadFault, runLoad } from '../load/run-load.ts';
import type { MeasuredProcess } from '../processes.ts';
import type { Person } from '../subject/site.ts';
import { BEHIND_PROXY, startSubject } from '../subject/subject-server.ts';
import { type Effort, type Sample, type Scenario, SUBJECT, type Timeline } from '../suite.ts';
import { checkRequest, SESSION_CHECK } from './credential-checks.ts';
import { SIGNED_IN, signInRequests, WHEN_REFUSED } from './sign-ins.ts';

const SIGN_INS_AT_ONCE = 500;
/** Most clients are told to wait for seconds; these do not listen. */
const IMPATIENCE_MS = 100;
/** What the server may have open beside its own files. */
const SERVED_CONNECTIONS = 1_000;
const OWN_FILES = 64;
const CLIENTS = 10 * SERVED_CONNECTIONS;
const CHECKS = { connections: 40, intervalMs: 100 };
const BIN_MS = 250;
const HASHING_STARTED_MS = 1_500;
/** A 99th percentile below this is as good as at rest, however good that was. */
const RECOVERED_MS = 10;

export const overload: Scenario = {
  name: 'overload',
  title: `${SIGN_INS_AT_ONCE} sign-ins at once, then ${CLIENTS} clients for ${SERVED_CONNECTIONS} connections`,
  databases: ['sqlite'],
  quickRounds: 1,
  contenders: [
    {
      name: SUBJECT,
      role: 'subject',
      measure: async ({ scope, root, database, sites, effort }) => {
        const { people, settings: data } = await sites.copy(scope, root, database);
        const server = await startSubject(scope, {
          root,
          place: 'everywhere',
          settings: { ...data, ...BEHIND_PROXY },
          maxOpenFiles: SERVED_CONNECTIONS + OWN_FILES,
        });
        await startHashing(server, people);
        return measureStorms(server, people, effort);
      },
    },
  ],
};

interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Its threads are started by the first sign-ins, and their memory is not that of an overload. */
async function startHashing(server: MeasuredProcess, people: readonly Person[]): Promise<void> {
  const connections = 2 * availableParallelism();
  const work = { kind: 'same', requests: signInRequests(people, connections) } as const;
  const plan = { connections, work, expected: SIGNED_IN, refusals: WHEN_REFUSED };
  await runLoad(server, { ...plan, warmupMs: 0, measureMs: HASHING_STARTED_MS }, 'everywhere');
}

/** Calm, storm, calm, storm, calm; on the same clock as the checks. */
function phasesOf({ measureMs: calmMs }: Effort): readonly Phase[] {
  const stormMs = Math.max(2.5 * calmMs, 4_000);
  const names = ['at rest', '500 sign-ins at once', 'after', '10 000 clients', 'after'];
  let fromMs = 0;
  return names.map((name, index) => {
    const toMs = fromMs + (index % 2 === 0 ? calmMs : stormMs);
    const phase = { name, fromMs, toMs };
    fromMs = toMs;
    return phase;
  });
}

async function measureStorms(
  server: MeasuredProcess,
  people: readonly Person[],
  effort: Effort,
): Promise<Sample> {
  const phases = phasesOf(effort);
  const [, signIns, , flood, last] = phases as [Phase, Phase, Phase, Phase, Phase];
  const memory = sampleMemory(server);
  const checks: Calls = {
    work: { kind: 'same', requests: people.map((one) => checkRequest(SESSION_CHECK, one)) },
    expected: SESSION_CHECK.expected,
  };
  const startedMs = Date.now();
  const storm = async (phase: Phase, plan: Omit<Parameters<typeof runLoad>[1], 'warmupMs'>) => {
    await wait(startedMs + effort.warmupMs + phase.fromMs - Date.now());
    return runLoad(server, { ...plan, warmupMs: 0 }, 'everywhere');
  };
  const [checked, refused, turnedAway] = await Promise.all([
    runLoad(
      server,
      {
        ...CHECKS,
        warmupMs: effort.warmupMs,
        measureMs: last.toMs,
        ...checks,
        timelineMs: BIN_MS,
      },
      'everywhere',
    ),
    storm(signIns, {
      connections: SIGN_INS_AT_ONCE,
      measureMs: signIns.toMs - signIns.fromMs,
      work: { kind: 'same', requests: signInRequests(people, SIGN_INS_AT_ONCE) },
      expected: SIGNED_IN,
      refusals: { status: 503, pauseMs: IMPATIENCE_MS },
      timelineMs: BIN_MS,
    }),
    storm(flood, {
      connections: CLIENTS,
      measureMs: flood.toMs - flood.fromMs,
      ...checks,
      intervalMs: 5_000,
      mayBeTurnedAway: { pauseMs: 3_000 },
    }),
  ]);
  memory.stop();
  requireAdvice(refused.result);
  return summarise(phases, { checked, refused, turnedAway }, memory.samples);
}

/** A refusal that does not say when to come again invites everybody to come at once. */
function requireAdvice({ refusedWithoutRetryAfter, refused }: LoadResult): void {
  if (refusedWithoutRetryAfter > 0) {
    throw new LoadFault(`${refusedWithoutRetryAfter} of ${refused} × 503 without Retry-After`);
  }
}

interface MemorySample {
  readonly atMs: number;
  readonly residentMb: number;
}

function sampleMemory(server: MeasuredProcess) {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => {
    const bytes = server.residentBytes();
    if (bytes !== null) samples.push({ atMs: Date.now(), residentMb: bytes / 2 ** 20 });
  }, BIN_MS);
  return { samples, stop: () => clearInterval(timer) };
}

function summarise(
  phases: readonly Phase[],
  loads: { readonly checked: Load; readonly refused: Load; readonly turnedAway: Load },
  memory: readonly MemorySample[],
): Sample {
  const { timeline } = loads.checked.result;
  const originMs = timeline[0]?.fromMs ?? 0;
  const [rest, signIns, calm, flood, end] = phases as [Phase, Phase, Phase, Phase, Phase];
  const checkP99 = (phase: Phase) => {
    const latencies = new Histogram();
    for (const bin of timeline) {
      const atMs = bin.fromMs - originMs;
      if (atMs >= phase.fromMs && atMs < phase.toMs) latencies.add(bin.latencies);
    }
    return latencies.quantileMs(0.99);
  };
  const residentMb = (phase: Phase) =>
    memory
      .filter(({ atMs }) => isWithin(atMs - originMs, phase))
      .map((sample) => sample.residentMb);
  const refusedLatencies = Histogram.of(loads.refused.result.refusedLatencies);
  return {
    figures: {
      restP99Ms: checkP99(rest),
      signInsP99Ms: checkP99(signIns),
      floodP99Ms: checkP99(flood),
      refused: loads.refused.result.refused,
      signedIn: loads.refused.result.answers,
      refusedP50Ms: refusedLatencies.quantileMs(0.5),
      refusedP99Ms: refusedLatencies.quantileMs(0.99),
      turnedAway: loads.turnedAway.result.turnedAway,
      restMb: Math.max(...residentMb(rest)),
      peakMb: Math.max(...residentMb(signIns), ...residentMb(flood)),
      endMb: residentMb(end).at(-1) ?? Number.NaN,
      recoveryMs: Math.max(
        ...[calm, end].map((phase) => recoveryMs(loads.checked, phase, checkP99(rest))),
      ),
    },
    timeline: timelineOf(phases, loads, memory),
  };
}

function isWithin(atMs: number, { fromMs, toMs }: Phase): boolean {
  return atMs >= fromMs && atMs < toMs;
}

/**
 * From the end of a storm to the first interval in which checks are as quick as at rest; as long as
 * was looked when there is none.
 */
function recoveryMs({ result: { timeline } }: Load, calm: Phase, restP99Ms: number): number {
  const originMs = timeline[0]?.fromMs ?? 0;
  const bound = Math.max(RECOVERED_MS, restP99Ms);
  const recovered = timeline.find(
    ({ fromMs, latencies }) =>
      isWithin(fromMs - originMs, calm) && Histogram.of(latencies).quantileMs(0.99) <= bound,
  );
  const atMs = recovered === undefined ? calm.toMs : recovered.fromMs - originMs;
  return atMs - calm.fromMs;
}

function timelineOf(
  phases: readonly Phase[],
  { checked, refused }: { readonly checked: Load; readonly refused: Load },
  memory: readonly MemorySample[],
): Timeline {
  const bins = checked.result.timeline;
  const originMs = bins[0]?.fromMs ?? 0;
  const quantile = (share: number) =>
    bins.map(({ latencies }) => finite(Histogram.of(latencies).quantileMs(share)));
  const refusals = bins.map(({ fromMs }) => {
    const atThatTime = refused.result.timeline.find(
      (bin) => Math.abs(bin.fromMs - fromMs) <= BIN_MS / 2,
    );
    return atThatTime === undefined ? null : (atThatTime.refused * 1000) / BIN_MS;
  });
  const residentMb = bins.map(
    ({ fromMs }) => memory.find(({ atMs }) => atMs >= fromMs)?.residentMb ?? null,
  );
  return {
    atSeconds: bins.map(({ fromMs }) => (fromMs - originMs) / 1000),
    series: { p50Ms: quantile(0.5), p99Ms: quantile(0.99), refusedPerSecond: refusals, residentMb },
    phases: phases.map(({ name, fromMs }) => ({ name, fromSeconds: fromMs / 1000 })),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

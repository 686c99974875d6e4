/** How far away a moment is, in words that go on with the time. */

import { useEffect, useState } from 'react';

const TICK_MS = 15_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The time by this machine's clock, anew every few seconds. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

/** Such as `3 days`, to the nearest: nothing finer is of use. */
export function durationWords(ms: number): string {
  const units: [string, number][] = [
    ['day', DAY_MS],
    ['hour', HOUR_MS],
    ['minute', MINUTE_MS],
  ];
  for (const [unit, length] of units) {
    // Two of a kind say more than one of the next: 36 hours, and not one day.
    if (ms >= 2 * length || (ms >= length && unit === 'minute')) {
      const count = Math.round(ms / length);
      return count === 1 ? `one ${unit}` : `${count} ${unit}s`;
    }
  }
  return 'less than a minute';
}

/** `in 3 days`, `3 days ago`. */
export function relativeWords(at: string, nowMs: number): string {
  const ms = Date.parse(at) - nowMs;
  if (ms > 0) return `in ${durationWords(ms)}`;
  return -ms < MINUTE_MS ? 'just now' : `${durationWords(-ms)} ago`;
}

export function standAlone(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface RelativeTimeProps {
  readonly at: string;
}

/** As words that stand alone, with the exact moment behind them. */
export function RelativeTime({ at }: RelativeTimeProps) {
  const nowMs = useNow();
  return (
    <time dateTime={at} title={at}>
      {standAlone(relativeWords(at, nowMs))}
    </time>
  );
}

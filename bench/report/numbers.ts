/** Numbers as people read them: three digits that count, and never more than were measured. */

import type { Target, Unit } from '../rows.ts';
import type { Spread } from './statistics.ts';

/** `12 300/s`, `0.42 ms`, `54 MB`; thousands are parted by a thin space. */
export function formatFigure(value: number, unit: Unit): string {
  const text = formatNumber(value);
  if (unit === '') return text;
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) < 1000) return String(rounded);
  return Math.round(rounded)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `0.57 (0.52–0.61)`. */
export function formatRatio({ median, min, max, count }: Spread): string {
  if (count === 1) return `${ratio(median)} (one round)`;
  return `${ratio(median)} (${ratio(min)}–${ratio(max)})`;
}

export function formatTarget(target: Target, unit: Unit, isRatio: boolean): string {
  const [sign, bound] = 'atLeast' in target ? ['≥', target.atLeast] : ['≤', target.atMost];
  return isRatio ? `${sign} ${ratio(bound)} times` : `${sign} ${formatFigure(bound, unit)}`;
}

function ratio(value: number): string {
  return value >= 10 ? formatNumber(value) : value.toFixed(2);
}

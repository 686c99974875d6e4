/** How answers write a moment. */

import { Type } from './schema.ts';

export const Instant = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC, whole seconds',
});

export function writeInstant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

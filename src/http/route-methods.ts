/** Tells a path that does not exist from one that exists with other methods (404 or 405). */

import { HttpFault } from './faults.ts';
import { pathOf } from './request-target.ts';

export class RouteMethods {
  readonly #methodsByPattern = new Map<string, Set<string>>();

  add(pattern: string, method: string | string[]): void {
    const methods = this.#methodsByPattern.get(pattern) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    this.#methodsByPattern.set(pattern, methods);
  }

  faultFor(url: string): HttpFault {
    const path = pathOf(url);
    // More than one may fit: `/account/sessions/end` is also what `/account/sessions/:id` means.
    const fitting = [...this.#methodsByPattern].filter(([pattern]) => matches(pattern, path));
    if (fitting.length === 0) return new HttpFault('not_found');
    const methods = new Set(fitting.flatMap(([, known]) => [...known]));
    return new HttpFault('method_not_allowed', [...methods].sort().join(', '));
  }
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const given = path.split('/');
  if (expected.length !== given.length) return false;
  // The router takes an empty segment for a parameter too.
  return expected.every((segment, index) => segment.startsWith(':') || segment === given[index]);
}

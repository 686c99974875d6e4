/** The filters of a list, kept in the address, so that a link shows the same list. */

import { useSearchParams } from 'wouter';

type Filters<Name extends string> = Partial<Record<Name, string>>;

/**
 * Reads the parameters of these names from the address. A change is not a step to go back over:
 * Back leads to the page before the list.
 */
export function useUrlFilters<Name extends string>(names: readonly Name[]) {
  const [params, setParams] = useSearchParams();
  const filters: Filters<Name> = {};
  for (const name of names) {
    const value = params.get(name);
    if (value !== null && value !== '') filters[name] = value;
  }
  const setFilters = (changes: Partial<Record<Name, string | null>>) => {
    setParams(
      (former) => {
        const next = new URLSearchParams(former);
        for (const [name, value] of Object.entries(changes) as [Name, string | null][]) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  };
  return { filters, setFilters, isFiltered: Object.keys(filters).length > 0 };
}

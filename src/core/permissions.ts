/**
 * The permission bitmask of access tokens (contract 1): independent bits, a comma-separated list
 * on the wire.
 */

export const PERMISSION_BITS = { read: 1, write: 2, admin: 4 } as const;

export type PermissionName = keyof typeof PERMISSION_BITS;

const names = Object.keys(PERMISSION_BITS) as PermissionName[];

/** Reads a list in any order, with spaces and repeats; null when a word is unknown or missing. */
export function parsePermissions(list: string): number | null {
  let mask = 0;
  for (const word of list.split(',')) {
    const name = names.find((candidate) => candidate === word.trim());
    if (name === undefined) return null;
    mask |= PERMISSION_BITS[name];
  }
  return mask;
}

/** Always in the order `read,write,admin`. */
export function formatPermissions(mask: number): string {
  return names.filter((name) => hasPermission(mask, name)).join(',');
}

export function hasPermission(mask: number, name: PermissionName): boolean {
  return (mask & PERMISSION_BITS[name]) !== 0;
}

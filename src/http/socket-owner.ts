/** Which user holds the other end of a loopback connection, from the kernel's socket tables. */

import { readFile } from 'node:fs/promises';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

export interface SocketEnd {
  /** The end whose owner is asked for. */
  readonly address: string;
  readonly port: number;
  /** The port of its other end. */
  readonly peerPort: number;
}

/** The numeric user id, or null when the kernel shows no such socket. */
export async function findSocketOwner(end: SocketEnd): Promise<number | null> {
  for (const table of TABLES) {
    // A kernel without IPv6 has no tcp6.
    const text = await readFile(table, 'latin1').catch(() => '');
    const owner = ownerInTable(text, end);
    if (owner !== null) return owner;
  }
  return null;
}

/** Reads one table: `sl local rem st tx:rx tr:when retrnsmt uid …`, addresses as hex words. */
export function ownerInTable(text: string, end: SocketEnd): number | null {
  const localPort = hexPort(end.port);
  const remotePort = hexPort(end.peerPort);
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || uid === undefined) continue;
    const isSame =
      local.endsWith(localPort) &&
      remote.endsWith(remotePort) &&
      toAddress(local.slice(0, -localPort.length)) === withoutMapping(end.address);
    if (isSame) return Number(uid);
  }
  return null;
}

function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The kernel prints each 32-bit word in the machine's byte order, which is little-endian here. */
function toAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  const isMapped = hex.startsWith('0000000000000000FFFF0000');
  if (bytes.length === 4 || isMapped) {
    return bytes
      .slice(-4)
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  }
  return bytes.join('') === `${'00'.repeat(15)}01` ? '::1' : hex;
}

function withoutMapping(address: string): string {
  return address.replace(/^::ffff:/, '');
}

/**
 * Where a request came from. Forwarding headers are believed only from proxies that the operator
 * named; from anybody else they are what the client chose to write.
 */

import ipaddr from 'ipaddr.js';
import { RecentlyUsed } from '../core/recently-used.ts';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface ClientAddress {
  /** Canonical text, IPv4-mapped IPv6 written as IPv4. */
  readonly address: string;
  /** What limits count by: an IPv6 customer has a whole /64 to change addresses in. */
  readonly addressKey: string;
}

/** Reading an address again costs more than looking it up. */
const MAX_REMEMBERED = 1_000;

const UNKNOWN: ClientAddress = { address: 'unknown', addressKey: 'unknown' };

export class ClientAddresses {
  readonly #trusted: readonly Network[];
  readonly #onUnbelieved: () => void;
  /** Of peers that spoke for themselves. */
  readonly #plain = new RecentlyUsed<string, ClientAddress>(MAX_REMEMBERED);
  #hasWarned = false;

  /** `onUnbelieved` is called once, at the first forwarding header from an unnamed proxy. */
  constructor(trustedProxies: readonly string[], onUnbelieved: () => void) {
    this.#trusted = trustedProxies.map(parseNetwork);
    this.#onUnbelieved = onUnbelieved;
  }

  /**
   * `forwardedFor` is the X-Forwarded-For header: read from the right, each hop believed while
   * the one that wrote it is a trusted proxy. What is not an address ends the walk.
   * `hasOtherHeader` says that another forwarding header came, which is never believed.
   */
  resolve(
    peer: string | undefined,
    forwardedFor: string | undefined,
    hasOtherHeader = false,
  ): ClientAddress {
    const isForwarded = forwardedFor !== undefined || hasOtherHeader;
    if (peer === undefined || isForwarded) return this.#walk(peer, forwardedFor, isForwarded);
    let plain = this.#plain.get(peer);
    if (plain === undefined) {
      plain = this.#walk(peer, undefined, false);
      this.#plain.set(peer, plain);
    }
    return plain;
  }

  #walk(
    peer: string | undefined,
    forwardedFor: string | undefined,
    isForwarded: boolean,
  ): ClientAddress {
    let current = parseAddress(peer);
    if (current === null) return UNKNOWN;
    if (isForwarded && !this.#isTrusted(current)) this.#warnOnce();
    const hops = forwardedFor?.split(',') ?? [];
    while (this.#isTrusted(current)) {
      const hop = parseAddress(hops.pop()?.trim());
      if (hop === null) break;
      current = hop;
    }
    return { address: current.toString(), addressKey: keyOf(current) };
  }

  /** Whether this peer is a proxy that the operator named. */
  isTrustedProxy(peer: string | undefined): boolean {
    const address = parseAddress(peer);
    return address !== null && this.#isTrusted(address);
  }

  #isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return this.#trusted.some(
      ([network, bits]) => network.kind() === address.kind() && address.match([network, bits]),
    );
  }

  #warnOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#onUnbelieved();
  }
}

/** As events have it: IPv4 also where it was mapped into IPv6. Null for what is no address. */
export function canonicalAddress(text: string): string | null {
  return parseAddress(text)?.toString() ?? null;
}

function parseAddress(text: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // "::1%lo": the zone names an interface, not another host.
  const bare = text?.split('%')[0];
  if (bare === undefined || !isFullAddress(bare)) return null;
  return ipaddr.process(bare);
}

/** The library reads "127.1" and "0x7f.1" too; no proxy writes those, but an attacker might. */
function isFullAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

function parseNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function keyOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address.kind() === 'ipv4') return address.toString();
  const groups = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${groups.join(':')}::/64`;
}

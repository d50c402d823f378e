import { BlockList } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Set by proxies; whoever sends one passes on what came from elsewhere. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/** Whether an address to listen on, or a peer's, is this machine's alone. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  if (address === 'localhost') return true;
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  // The list understands IPv4 addresses in IPv6's clothes too.
  return LOOPBACK.check(bare, bare.includes(':') ? 'ipv6' : 'ipv4');
}

/**
 * Why a request is not from a program on this machine, or null when it is. The peer's address decides; headers can only make it
 * less trusted: a proxy's, and a host name that is not this machine's (a page in a browser whose name was pointed here).
 */
export function whyNotLocal(headers: IncomingHttpHeaders, address: string | undefined): string | null {
  if (!isLoopback(address)) return `it comes from ${address ?? 'an unknown address'}`;
  const forwarded = FORWARDED.find((name) => headers[name] !== undefined);
  if (forwarded !== undefined) return `it was passed on by a proxy (header ${forwarded})`;
  const host = headers.host;
  if (host === undefined || host === '' || isLocalHost(host)) return null;
  return 'its Host header does not name this machine';
}

function isLocalHost(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name.endsWith('.localhost') || isLoopback(name);
}

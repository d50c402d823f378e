import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a closing server looks for connections that have nothing to do any more. */
const SWEEP_MS = 50;

/** How a server ends, milliseconds. */
export interface CloseTimes {
  /** Longest that requests in flight may take. */
  shutdownMs: number;
  /**
   * Longest that it goes on as before, for connections that are kept alive: whoever is in front of it learns from `connection: close` that one
   * ends, instead of finding that out with the next call. It is over sooner when no connection is left.
   */
  drainMs: number;
}

/**
 * Prepares a server that does not listen yet for its end. The function ends it: connections without a request at once, those with one
 * after it or when the time is up. It resolves with the number of connections that were cut then.
 */
export function gracefulClose(server: Server): (times: CloseTimes) => Promise<number> {
  const open = new Set<Socket>();
  // Node takes a connection that never sent anything for one whose request is on its way.
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    open.add(socket);
    socket.once('close', () => {
      silent.delete(socket);
      open.delete(socket);
    });
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  const closeIdle = (): void => {
    server.closeIdleConnections();
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
  };
  return async ({ shutdownMs, drainMs }) => {
    const drainedAt = performance.now() + drainMs;
    while (open.size > 0 && performance.now() < drainedAt) await sleep(SWEEP_MS);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    let cut = 0;
    const timer = setTimeout(() => {
      cut = open.size;
      server.closeAllConnections();
    }, shutdownMs);
    // Connections whose answer began before are kept alive by its head, and idle once it has ended.
    const sweep = setInterval(closeIdle, SWEEP_MS);
    closeIdle();
    await closed;
    clearTimeout(timer);
    clearInterval(sweep);
    return cut;
  };
}

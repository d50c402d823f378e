import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How often a closing server looks for connections that have nothing to do any more. */
const SWEEP_MS = 50;

/**
 * Prepares a server that does not listen yet for its end. The function ends it: connections without a request at once, those with one
 * after it or when the time is up.
 */
export function gracefulClose(server: Server): (shutdownMs: number) => Promise<void> {
  // Node takes a connection that never sent anything for one whose request is on its way.
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  const closeIdle = (): void => {
    server.closeIdleConnections();
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
  };
  return async (shutdownMs) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const timer = setTimeout(() => server.closeAllConnections(), shutdownMs);
    // Connections whose answer began before are kept alive by its head, and idle once it has ended.
    const sweep = setInterval(closeIdle, SWEEP_MS);
    closeIdle();
    await closed;
    clearTimeout(timer);
    clearInterval(sweep);
  };
}

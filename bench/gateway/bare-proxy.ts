import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes every call on to the port it is given and does nothing else: what Node alone costs. */
const upstreamPort = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true });
const server = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port: upstreamPort, method, path: url, headers, agent });
  incoming.pipe(onward);
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', (error) => outgoing.destroy(error));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('SIGTERM', () => process.exit(0));

import { openProject } from '../../src/project/project.ts';
import { replicaConfig } from './replica-config.ts';

// `node test/proxy/replica.ts DIRECTORY PORT UPSTREAM`: one server of several, with the database of the environment's DATABASE_URL.

const [directory, port, upstream] = process.argv.slice(2);
const project = await openProject(directory, { config: replicaConfig({ upstream: upstream! }) });
const server = await project.serve({
  port: Number(port),
  log: ({ message }) => console.error(`${port}: ${message}`),
});
console.log(server.url);
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => project.close())
    .then(() => process.exit());
});

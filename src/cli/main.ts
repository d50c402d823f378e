#!/usr/bin/env node
import { quietExperimentalWarnings } from './quiet-experimental-warnings.ts';
import { runCommandLine } from './run-command-line.ts';

quietExperimentalWarnings();
// Whoever reads our output may stop early (`| head`): then there is nothing left to do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});
process.exitCode = await runCommandLine(process.argv.slice(2));

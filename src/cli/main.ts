#!/usr/bin/env node
import { quietExperimentalWarnings } from './quiet-experimental-warnings.ts';
import { runCommandLine } from './run-command-line.ts';

quietExperimentalWarnings();
process.exitCode = await runCommandLine(process.argv.slice(2));

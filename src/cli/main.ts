#!/usr/bin/env node
// Nothing is imported before the check, so that even a Node that cannot parse the rest says what is wrong.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `error: homegrown needs Node 22.19 or newer; found v${process.versions.node}\n  Install a newer one from https://nodejs.org.\n`,
  );
  process.exit(1);
}
const { quietExperimentalWarnings } = await import('./quiet-experimental-warnings.ts');
const { ownStandardOutput } = await import('./own-standard-output.ts');
quietExperimentalWarnings();
ownStandardOutput();
const { runCommandLine } = await import('./run-command-line.ts');
process.exitCode = await runCommandLine(process.argv.slice(2));

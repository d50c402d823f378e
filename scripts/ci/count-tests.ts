// usage: node scripts/ci/count-tests.ts <report of vitest's JSON reporter> <its exit code>
import { readFileSync } from 'node:fs';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[] }[];
}

/** Prints `passed failed`. A test file that did not load is a failure, and so is a failed run that names none. */
function count(report: Report, exitCode: number): string {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) console.error(`${skipped} tests were skipped`);
  return `${report.numPassedTests} ${failed === 0 && exitCode !== 0 ? 1 : failed}`;
}

const [path, exitCode] = process.argv.slice(2);
console.log(count(JSON.parse(readFileSync(path!, 'utf8')) as Report, Number(exitCode)));

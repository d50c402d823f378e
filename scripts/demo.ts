import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { writeWordnetExamples } from './wordnet-examples.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = join(root, 'demo-project');
const homegrown = join(root, 'dist', 'cli', 'main.js');
const QUESTION = 'a small striped animal that lives in burrows and stores nuts in its cheeks';

/** Real data in, an own model out, one question asked: what a user does on a first day. */
async function demo(): Promise<void> {
  await rm(project, { recursive: true, force: true });
  await mkdir(join(project, 'data'), { recursive: true });
  await copyFile(join(root, 'examples/topics/homegrown.config.ts'), join(project, 'homegrown.config.ts'));
  const { examples, classes } = await writeWordnetExamples(join(project, 'data/definitions.jsonl'));
  say(`WordNet's definitions: ${examples} texts, ${classes} classes, in demo-project/data/definitions.jsonl`);
  say('\n$ homegrown climb');
  await run(['climb']);
  say('\n$ homegrown models list');
  await run(['models', 'list']);
  await askOverHttp();
  say(NEXT);
}

const NEXT = `
What to type next:
  npm run --silent homegrown -- -C demo-project data check           what curation found
  npm run --silent homegrown -- -C demo-project report --json        the comparison, for programs
  echo '"a large cat with stripes"' | npm run --silent homegrown -- -C demo-project predict
  npm run --silent homegrown -- -C demo-project serve                the server again
Open demo-project/.homegrown/reports/topic/…/report.html for the whole report.
With your own file: the README's section "Your own file".`;

async function run(parameters: string[]): Promise<void> {
  const child = spawn(process.execPath, [homegrown, ...parameters], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await finished(child);
}

async function askOverHttp(): Promise<void> {
  say('\n$ homegrown serve --port 0');
  const server = spawn(process.execPath, [homegrown, '--json', 'serve', '--port', '0'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await addressOf(server);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none needed on loopback' });
    const answer = await client.chat.completions.create({
      model: 'task:topic',
      messages: [{ role: 'user', content: QUESTION }],
      logprobs: true,
    });
    const logprob = answer.choices[0]?.logprobs?.content?.[0]?.logprob;
    say(`Asked with the official openai client: "${QUESTION}"`);
    say(
      `Answered by ${answer.model}: ${answer.choices[0]?.message.content}${logprob === undefined ? '' : ` (probability ${Math.exp(logprob).toFixed(2)})`}`,
    );
  } finally {
    server.kill('SIGTERM');
    await finished(server);
  }
}

async function addressOf(server: ChildProcess): Promise<string> {
  const lines = createInterface({ input: server.stdout! });
  for await (const line of lines) return (JSON.parse(line) as { url: string }).url;
  throw new Error('the server ended before it listened');
}

async function finished(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (child.exitCode !== 0)
    throw new Error(`${child.spawnargs.slice(2).join(' ')} ended with ${child.exitCode ?? child.signalCode}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await demo();

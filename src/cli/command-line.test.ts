import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a process of its own, in `cwd`. */
function homegrown(cwd: string, parameters: readonly string[], stdin = ''): Promise<Ended> {
  return outcomeOf(spawn(process.execPath, [main, ...parameters], { cwd, stdio: 'pipe' }), stdin);
}

function outcomeOf(child: ChildProcessWithoutNullStreams, stdin = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (ended.stdout += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (ended.stderr += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...ended, code }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'command-line-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const CONFIG = `export default { tasks: { mood: { kind: 'classify', data: 'data.jsonl' } } };\n`;

async function moodProject(count = 80): Promise<string> {
  const directory = await emptyDirectory();
  const things = [
    'the tea',
    'this train',
    'our garden',
    'that film',
    'the soup',
    'a long walk',
    'my desk',
    'her song',
  ];
  const lines = Array.from({ length: count }, (_, i) => {
    const good = i % 2 === 0;
    return JSON.stringify({
      input: `${things[i % things.length]} was ${good ? 'lovely' : 'dreadful'} number ${i}`,
      output: good ? 'good' : 'bad',
    });
  });
  await writeFile(join(directory, 'data.jsonl'), `${lines.join('\n')}\n`);
  await writeFile(join(directory, 'homegrown.config.mjs'), CONFIG);
  return directory;
}

test('--help lists the commands', async () => {
  const { code, stdout } = await homegrown(await emptyDirectory(), ['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: homegrown [options] [command]

    Turn one AI feature of your product from a rented API into a model you own.

    Options:
      -V, --version              output the version number
      -C, --project <directory>  project directory, with homegrown.config.ts
                                 (default: ".")
      --json                     print one JSON document (or JSON lines) on stdout
                                 and nothing else there
      -h, --help                 display help for command

    Commands:
      init [options] <file>      write homegrown.config.ts (or .mts) from a data
                                 file: guesses the columns and shows what it
                                 understood
      data                       data sets: immutable, named by their content, split
                                 without leaks
      climb [options] [task]     build candidates rung by rung, evaluate them,
                                 choose, register the winner and say why it stopped
      report [options] [task]    show the comparison of the last finished climb
                                 again
      predict [options] [task]   JSON lines in, JSON lines out, in the same order,
                                 any amount
      serve [options]            answer the OpenAI API with the live models and the
                                 upstreams of this project, until Ctrl-C
      models                     the registry: every model of this project and which
                                 one answers
      captures                   the calls that servers of this project have kept
      feedback                   what became of answers
      keys                       who may call this project’s servers, and how much
      train                      training runs of networks: how far they are, their
                                 loss and speed
      help [command]             display help for command

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused for lack of evidence or budget, 130 interrupted.

    Start with a file of labelled examples:
      homegrown init examples.csv
      homegrown climb
      homegrown serve
    "
  `);
});

test.each([
  [['climbb'], /Did you mean climb\?/],
  [['climb', '--frehs'], /Did you mean --fresh\?/],
  [['models', 'promote'], /missing required argument 'model'/],
  [['models', 'promote', 'mood'], /expected <task>@<version>/],
  [['serve', '--port', 'x'], /whole number from 0 to 65535/],
  [['climb', 'moood'], /Did you mean "mood"\?/],
  [['data', 'show', 'abc'], /homegrown data list/],
  [['train', 'show', 'x'], /no training run in this project yet/],
  [['predict', '--output', 'x'], /no model is live|needs --input/],
])('%j is refused with the next step', async (parameters, message) => {
  const { code, stdout, stderr } = await homegrown(await moodProject(4), parameters);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect([2, 3]).toContain(code);
});

test('without a config the next step is named; --json says the same to programs', async () => {
  const directory = await emptyDirectory();
  const { code, stdout, stderr } = await homegrown(directory, ['--json', 'climb']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'config/missing' } });
  expect(stderr).toContain('homegrown init');
});

test.each([
  [['--json', 'nosuch'], { code: 'usage/unknown-command', message: "unknown command 'nosuch'" }],
  [['models', 'promote', '--json'], { code: 'usage/missing-argument' }],
  [['climb', '--frehs', '--json'], { code: 'usage/unknown-option', hint: 'Did you mean --fresh?' }],
  [['--json', 'models'], { code: 'usage/no-command' }],
])('%j: wrong use is one JSON document', async (parameters, error) => {
  const { code, stdout } = await homegrown(await emptyDirectory(), parameters);
  expect(JSON.parse(stdout)).toMatchObject({ error });
  expect(code).toBe(2);
});

test('what a config logs does not land among the results', async () => {
  const directory = await moodProject(4);
  await writeFile(join(directory, 'homegrown.config.mjs'), `console.log('from the config');\n${CONFIG}`);
  const { stdout, stderr } = await homegrown(directory, ['--json', 'models', 'list']);
  expect(JSON.parse(stdout)).toEqual([]);
  expect(stderr).toContain('from the config');
});

/** Runs a shell script that finds our command line as `"$@"`. */
function shell(script: string, ...before: readonly string[]): Promise<Ended> {
  return outcomeOf(spawn('sh', ['-c', script, 'sh', process.execPath, ...before, main], { stdio: 'pipe' }));
}

test('a reader of the output that stops early is no error', async () => {
  const { stderr } = await shell('{ sleep 0.1; "$@" --help; echo "exit $?" >&2; } | true');
  expect(stderr).toBe('exit 0\n');
});

test.skipIf(!existsSync('/dev/full'))('a full disk under standard output is named', async () => {
  const { code, stderr } = await shell('"$@" --help > /dev/full');
  expect(stderr).toBe('error: cannot write to standard output: the disk is full\n');
  expect(code).toBe(1);
});

test('a Node that is too old is named before anything is loaded', async () => {
  const older = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })';
  const { code, stderr } = await shell('"$@" --help', '--import', `data:text/javascript,${older}`);
  expect(stderr).toContain('needs Node 22.19 or newer; found v20.20.2');
  expect(stderr).not.toContain('    at ');
  expect(code).toBe(1);
});

test('from a CSV file to a prediction', async () => {
  const directory = await moodProject();
  await rm(join(directory, 'homegrown.config.mjs'));
  const rows = (await readFile(join(directory, 'data.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { input: string; output: string });
  await writeFile(
    join(directory, 'moods.csv'),
    `text,mood\n${rows.map(({ input, output }) => `"${input}",${output}`).join('\n')}\n`,
  );
  const init = await homegrown(directory, ['init', 'moods.csv', '--task', 'mood']);
  expect(init.code, init.stderr).toBe(0);
  expect(init.stdout).toContain('mood');
  const config = await readFile(join(directory, 'homegrown.config.mts'), 'utf8');
  await writeFile(
    join(directory, 'homegrown.config.mts'),
    config.replace(/import .*\n/, 'const defineConfig = <T>(config: T): T => config;\n'),
  );
  const climb = await homegrown(directory, ['--json', 'climb']);
  expect(climb.code, climb.stderr).toBe(0);
  expect(JSON.parse(climb.stdout)).toMatchObject({
    task: 'mood',
    measured: { registered: { version: 1, live: true } },
  });
  const predict = await homegrown(
    directory,
    ['predict'],
    '"this soup was lovely"\n{"text":"this soup was dreadful"}\n7\n',
  );
  const lines = predict.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toMatchObject([
    { label: 'good' },
    { label: 'bad' },
    { error: expect.stringContaining('expected a JSON string') },
  ]);
  const list = await homegrown(directory, ['models', 'list']);
  expect(list.stdout).toMatch(/mood@1 +live/);
}, 60_000);

test('bad lines stop the build with file and line; --skip-bad goes on and counts them', async () => {
  const directory = await moodProject();
  await writeFile(join(directory, 'data.jsonl'), '{"input":"a"}\n', { flag: 'a' });
  const refused = await homegrown(directory, ['data', 'build']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('data.jsonl:81');
  const built = await homegrown(directory, ['--json', 'data', 'build', '--skip-bad']);
  expect(JSON.parse(built.stdout)).toMatchObject({ examples: 80 });
});

test('serve prints its address, answers, and stops at SIGTERM', async () => {
  const directory = await moodProject();
  expect((await homegrown(directory, ['climb'])).code).toBe(0);
  const child = spawn(process.execPath, [main, '--json', 'serve', '--port', '0'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(String(chunk))),
  );
  const { url } = JSON.parse(line) as { url: string };
  const response = await fetch(`${url}/api/v1/tasks/mood/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":"the film was lovely"}',
  });
  expect(response.status).toBe(200);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 60_000);

test('predict says what it could not do', async () => {
  const directory = await moodProject();
  expect((await homegrown(directory, ['climb'])).code).toBe(0);
  for (const input of ['gone.jsonl', '.']) {
    const { code, stdout, stderr } = await homegrown(directory, ['--json', 'predict', '--input', input]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'predict/no-input', where: input } });
    expect(stderr).toContain('Name a file of JSON lines');
    expect(code).toBe(2);
  }
  const piped = await homegrown(directory, ['predict'], '"lovely"\n7\n');
  expect(piped.stderr).toBe('2 lines, 1 of them without an answer (their lines say why)\n');
  expect(piped.code).toBe(0);
  const same = await homegrown(directory, ['predict', '--input', 'data.jsonl', '--output', './data.jsonl']);
  expect(same.stderr).toContain('is the same file as the input');
  expect(same.code).toBe(2);
}, 60_000);

test('predict that waits for its pipe stops at SIGINT', async () => {
  const directory = await moodProject();
  expect((await homegrown(directory, ['climb'])).code).toBe(0);
  const child = spawn(process.execPath, [main, 'predict'], { cwd: directory, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  child.stdin.on('error', () => undefined);
  child.stdin.write('"lovely"\n'.repeat(100_000));
  await once(child.stdout, 'data');
  child.stdout.resume();
  const closed = once(child, 'close');
  child.kill('SIGINT');
  expect(await closed).toEqual([130, null]);
  expect(stderr).toMatch(/\ninterrupted after \d+ lines\n$/);
}, 60_000);

test('keys are made with their secret alone on stdout, listed and revoked', async () => {
  const directory = await emptyDirectory();
  await writeFile(join(directory, 'homegrown.config.ts'), CONFIG);
  const made = await homegrown(directory, [
    'keys',
    'create',
    'shop',
    '--task',
    'mood',
    '--limit',
    '20usd/month',
    '--expires',
    '90d',
  ]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hg_[0-9A-Za-z]{49}\n$/) });
  expect(made.stderr).toContain('nobody can show this secret again');
  const admin = JSON.parse(
    (await homegrown(directory, ['--json', 'keys', 'create', 'me', '--role', 'admin'])).stdout,
  );
  expect(admin).toMatchObject({
    key: { name: 'me', role: 'admin', tasks: null },
    secret: expect.stringMatching(/^hg_/),
  });
  const listed = await homegrown(directory, ['keys', 'list']);
  expect(listed.stdout).toMatch(/shop +call +mood +0 of 20 usd\/month +\d{4}-\d{2}-\d{2} +until /);
  expect(listed.stdout).not.toContain('hg_');
  const revoked = await homegrown(directory, ['--json', 'keys', 'revoke', 'shop']);
  expect(JSON.parse(revoked.stdout)).toMatchObject({
    name: 'shop',
    revokedAt: expect.stringMatching(/^\d{4}/),
  });
  const wrong = await homegrown(directory, ['keys', 'create', 'x', '--task', 'mod']);
  expect(wrong).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean "mood"?'),
  });
  expect((await homegrown(directory, ['keys', 'revoke', 'shop'])).code).toBe(2);
});

test.each(['', '--user=', '--group=', '--user=a --group=b'])(
  'whom to erase must be said: %j',
  async (whom) => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'homegrown.config.ts'), CONFIG);
    const parameters = ['data', 'erase', ...whom.split(' ').filter((part) => part !== '')];
    const { code, stdout, stderr } = await homegrown(directory, parameters);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('say whom: one user or one group; expected either --user <id> or --group <id>');
  },
);

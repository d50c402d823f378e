import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KEYWORDS, serveKeywordModel } from '../support/serve-keyword-model.ts';

// `node test/python/check-openai-client.ts PYTHON`: OpenAI's Python client works unchanged against our server.

const CLIENT = fileURLToPath(new URL('openai_client.py', import.meta.url));

async function main(): Promise<void> {
  const python = process.argv[2];
  if (python === undefined) throw new Error('usage: node test/python/check-openai-client.ts PYTHON');
  const [label, keyword] = Object.entries(KEYWORDS)[0]!;
  const served = await serveKeywordModel();
  try {
    const parameters = [CLIENT, `${served.server.url}/v1`, 'task:topic', `a piece of ${keyword}`, label];
    const child = spawn(python, parameters, { stdio: 'inherit' });
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    process.exitCode = exitCode ?? 1;
  } finally {
    await served.close();
  }
}

await main();

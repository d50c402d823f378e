import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import type { ModelFileStore, Store } from '../store.ts';
import { openPostgresStore } from './postgres-store.ts';

const MIB = 1024 ** 2;
const model = { task: 'topic', version: 3 };

describeWithPostgres('model files in Postgres', (server) => {
  let url: string;
  let store: Store;
  let files: ModelFileStore;
  beforeEach(async () => {
    url = await server().createDatabase();
    store = await openPostgresStore(url);
    files = store.modelFiles!;
  });
  afterEach(() => store.close());

  test.each([
    ['empty', 0, 1],
    ['smaller than a chunk', 1000, 300],
    ['exactly two chunks', 2 * MIB, 65_536],
    ['a chunk and one byte', MIB + 1, MIB],
    ['some chunks in large pieces', 5 * MIB + 12_345, 3 * MIB],
    ['some chunks in odd pieces', 3 * MIB + 7, 99_991],
  ])('gives back a file that is %s', async (_, size, piece) => {
    const content = randomBytes(size);
    await files.put(model, [file('weights/model.bin', content, piece)]);
    const other = await openPostgresStore(url);
    expect(await other.modelFiles!.list(model)).toEqual([
      { path: 'weights/model.bin', sha256: sha256(content), bytes: size },
    ]);
    expect((await readAll(other.modelFiles!, 'weights/model.bin')).equals(content)).toBe(true);
    await other.close();
  });

  test('keeps models apart and leaves one that is there as it is', async () => {
    const other = { task: 'topic', version: 4 };
    await files.put(model, [file('a', Buffer.from('first')), file('b', Buffer.from('x'))]);
    await files.put(other, [file('a', Buffer.from('other'))]);
    await files.put(model, [file('a', Buffer.from('second'))]);
    expect((await readAll(files, 'a')).toString()).toBe('first');
    expect((await files.list(model)).map(({ path }) => path)).toEqual(['a', 'b']);
    await files.remove(model);
    await files.remove(model);
    expect(await files.list(model)).toEqual([]);
    expect(await files.list(other)).toHaveLength(1);
    expect(await server().query('SELECT count(*)::int AS n FROM homegrown.model_file_chunks', url)).toEqual([
      { n: 1 },
    ]);
  });

  test.each([
    ['other bytes', { sha256: sha256(Buffer.from('other')), bytes: 5 }],
    ['fewer bytes', { sha256: sha256(Buffer.from('right')), bytes: 4 }],
  ])('stores nothing when a file has %s than it says', async (_, said) => {
    const wrong = { ...file('b', Buffer.from('right')), ...said };
    await expect(files.put(model, [file('a', Buffer.from('x')), wrong])).rejects.toMatchObject({
      code: 'store/wrong-file',
    });
    expect(await files.list(model)).toEqual([]);
  });

  test('stores nothing when a file cannot be read to its end', async () => {
    const broken = {
      ...file('b', Buffer.alloc(3 * MIB)),
      async *read() {
        yield Buffer.alloc(2 * MIB);
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      },
    };
    await expect(files.put(model, [file('a', Buffer.from('x')), broken])).rejects.toThrow('EIO');
    expect(await files.list(model)).toEqual([]);
    await files.put(model, [file('a', Buffer.from('x'))]);
    expect(await files.list(model)).toHaveLength(1);
  });

  test('takes the model once from two who put it at the same time', async () => {
    const other = await openPostgresStore(url);
    const contents = [randomBytes(2 * MIB), randomBytes(2 * MIB)];
    await Promise.all([
      files.put(model, [file('a', contents[0]!)]),
      other.modelFiles!.put(model, [file('a', contents[1]!)]),
    ]);
    await other.close();
    const stored = await readAll(files, 'a');
    expect(contents.filter((content) => content.equals(stored))).toHaveLength(1);
  });

  test('says so when a file is not there, was removed meanwhile or was changed', async () => {
    await expect(readAll(files, 'a')).rejects.toMatchObject({ code: 'store/no-file' });
    await files.put(model, [file('a', randomBytes(3 * MIB))]);
    const reader = files.read(model, 'a')[Symbol.asyncIterator]();
    await reader.next();
    await files.remove(model);
    await expect(reader.next()).rejects.toMatchObject({ code: 'store/no-file' });
    await files.put(model, [file('a', randomBytes(3 * MIB))]);
    await server().query(
      `UPDATE homegrown.model_file_chunks SET data = set_byte(data, 7, get_byte(data, 7) # 1) WHERE number = 1`,
      url,
    );
    await expect(readAll(files, 'a')).rejects.toMatchObject({ code: 'store/wrong-file' });
  });

  async function readAll(from: ModelFileStore, path: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of from.read(model, path)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
});

type NewFile = Parameters<ModelFileStore['put']>[1][number];

/** A file that is read in pieces through one buffer that is used again and again. */
function file(path: string, content: Buffer, piece = 65_536): NewFile {
  return {
    path,
    sha256: sha256(content),
    bytes: content.length,
    async *read() {
      const buffer = Buffer.alloc(piece);
      for (let start = 0; start < content.length; start += piece) {
        const length = content.copy(buffer, 0, start, start + piece);
        yield buffer.subarray(0, length);
      }
    },
  };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

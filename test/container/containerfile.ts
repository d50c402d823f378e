/** One instruction of a Containerfile. */
export interface Instruction {
  name: string;
  /** What follows it, continuation lines joined. */
  text: string;
}

/** One `FROM` with what follows it. */
export interface Stage {
  image: string;
  /** From `AS`; null: it has none. */
  name: string | null;
  instructions: Instruction[];
}

/** The stages of a Containerfile. Throws for what is in no stage. */
export function parseContainerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const { name, text: rest } of instructionsIn(text)) {
    if (name === 'FROM') {
      const [image, , stage] = rest.split(/\s+/);
      stages.push({ image: image!, name: stage ?? null, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${name} before the first FROM`);
    stage.instructions.push({ name, text: rest });
  }
  return stages;
}

function instructionsIn(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined: string[] = [];
  let continues = false;
  for (const line of lines) {
    if (continues) joined[joined.length - 1] += ` ${line.replace(/\\$/, '').trim()}`;
    else joined.push(line.replace(/\\$/, '').trim());
    continues = line.endsWith('\\');
  }
  return joined.map((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!;
    return { name: name!, text: rest! };
  });
}

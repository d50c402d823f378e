import { InvalidArgumentError, type JSONObject, type SharedV4ProviderOptions } from '@ai-sdk/provider';
import { z } from 'zod';

const callOptionsSchema = z.looseObject({
  /** Who asks: for canaries that are sticky, and for erasure. */
  user: z.string().min(1).optional(),
  /** What belongs together: a conversation, a customer. */
  group: z.string().min(1).optional(),
  /** For filters later. */
  tags: z.record(z.string(), z.string()).optional(),
  /** The task that the call belongs to, when its model's name does not say so. */
  task: z.string().min(1).optional(),
});

/** `providerOptions.homegrown` of a call; whatever else is in it goes into the request's body under its own name. */
export type HomegrownCallOptions = z.input<typeof callOptionsSchema>;

/** Options of one call, split into the headers that Homegrown reads and the options for the rest. */
export function splitCallOptions(providerOptions: SharedV4ProviderOptions | undefined): {
  headers: Record<string, string>;
  providerOptions: SharedV4ProviderOptions | undefined;
} {
  const own = providerOptions?.['homegrown'];
  if (own === undefined) return { headers: {}, providerOptions };
  const parsed = callOptionsSchema.safeParse(own);
  if (!parsed.success) throw wrong(parsed.error.issues[0]!.path.join('.'), parsed.error.issues[0]!.message);
  const { user, group, tags, task, ...rest } = parsed.data;
  return {
    headers: {
      ...header('user', user),
      ...header('group', group),
      ...header('tags', tags === undefined ? undefined : tagsText(tags)),
      ...header('task', task),
    },
    providerOptions: { ...providerOptions, homegrown: rest as JSONObject },
  };
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => {
      if (/[=,]/.test(name)) throw wrong('tags', `the name ${JSON.stringify(name)} has "=" or "," in it`);
      if (value.includes(',')) throw wrong('tags', `the value of ${JSON.stringify(name)} has "," in it`);
      return `${name}=${value}`;
    })
    .join(', ');
}

/** Headers hold bytes: text goes as UTF-8. */
function header(name: string, value: string | undefined): Record<string, string> {
  if (value === undefined || value === '') return {};
  if (/[\0\r\n]/.test(value)) throw wrong(name, 'a line break cannot be sent');
  return { [`x-homegrown-${name}`]: Buffer.from(value, 'utf8').toString('latin1') };
}

function wrong(argument: string, message: string): InvalidArgumentError {
  const where = `providerOptions.homegrown.${argument}`;
  return new InvalidArgumentError({ argument: where, message: `${where}: ${message}` });
}

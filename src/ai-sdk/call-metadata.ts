import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';

/** `providerMetadata.homegrown` of an answer. */
export interface HomegrownMetadata {
  /** Id of the inference, for feedback; absent when nothing was kept. */
  inferenceId?: string;
  /** Who answered: `<model>@<version>` or `<upstream>/<its model>`. */
  target?: string;
  /** What was left out of the request because the model's provider does not know it. */
  warnings?: string;
  /** Log-probabilities, when asked for by `providerOptions.homegrown.logprobs`. */
  logprobs?: unknown;
}

/** What the server's headers say of a call, added to what the answer says itself. */
export function withCallMetadata(
  metadata: SharedV4ProviderMetadata | undefined,
  headers: Readonly<Record<string, string>> | undefined,
): SharedV4ProviderMetadata {
  const said = (name: string, key: keyof HomegrownMetadata): Record<string, string> => {
    const value = headers?.[`x-homegrown-${name}`];
    return value === undefined ? {} : { [key]: value };
  };
  return {
    ...metadata,
    homegrown: {
      ...metadata?.['homegrown'],
      ...said('inference', 'inferenceId'),
      ...said('target', 'target'),
      ...said('warnings', 'warnings'),
    },
  };
}

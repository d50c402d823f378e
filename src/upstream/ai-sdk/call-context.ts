import type { ProviderProfile } from './provider-profile.ts';

/** One translation under way: for which model, and what it had to leave out without changing the answer's meaning. */
export interface CallContext {
  readonly profile: ProviderProfile;
  readonly warnings: string[];
}

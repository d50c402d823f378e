import { HomegrownError } from '../../errors/homegrown-error.ts';

/** The error of a store at `place` that is asked after it was closed. */
export function storeClosed(place: string): HomegrownError {
  return new HomegrownError({
    code: 'store/closed',
    message: 'the store was closed',
    where: place,
    hint: 'Ask before you close the project, or open it again.',
  });
}

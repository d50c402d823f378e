import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { ConstraintViolation } from './database.ts';

/** Runs a write of records whose only rules are about what each must have. Throws `store/bad-record`. */
export async function refusingBadRecords<T>(place: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof ConstraintViolation)) throw cause;
    throw new HomegrownError({
      code: 'store/bad-record',
      message: 'a record lacks what it must have',
      where: place,
      found: messageOf(cause.cause),
      hint: 'Leave it out; what came with it can be stored without it.',
      cause,
    });
  }
}

/**
 * Where somebody stands in a rollout: a number in [0, 1) that depends on the name and the salt alone, so that it is the same on every
 * server and for as long as the rollout lasts, and spread evenly over all names (FNV-1a, finished as in MurmurHash3).
 */
export function stickyShare(salt: string, name: string): number {
  let hash = 0x811c9dc5;
  for (const text of [salt, '\u0000', name]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

import { seededRandom } from './seeded-random.js';

export interface RushShape {
  /** Distinct users, each of whom asks once. */
  users: number;
  /** Requests on top, by users who ask again. */
  repeats: number;
  /** Units on sale: about as many users from the front of the line win. */
  total: number;
  seed: number;
}

interface Repeat {
  user: number;
  /** Where in the line of first requests it comes; a fraction comes behind the first request of that rank. */
  at: number;
}

/**
 * Who asks, in order: one user (0-based) per request. One repeat in ten is a likely winner's double click, so that
 * both requests are under way at once; one in ten a likely winner who comes back later; the rest is anybody, anywhere.
 */
export function planRequests({ users, repeats, total, seed }: RushShape): Uint32Array {
  const random = seededRandom(seed);
  const line = shuffledUsers(users, random);
  const likelyWinners = Math.min(total, users);
  const again: Repeat[] = [];
  for (let index = 0; index < repeats; index++) {
    const kind = index % 10;
    const rank = Math.floor(random() * (kind < 2 ? likelyWinners : users));
    const at = kind === 0 ? rank + 0.5 : kind === 1 ? rank + random() * (users - rank) : random() * users;
    again.push({ user: line[rank]!, at });
  }
  again.sort((left, right) => left.at - right.at);
  return merged(line, again);
}

function shuffledUsers(users: number, random: () => number): Uint32Array {
  const line = Uint32Array.from({ length: users }, (_, user) => user);
  for (let last = users - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = line[last]!;
    line[last] = line[other]!;
    line[other] = moved;
  }
  return line;
}

function merged(line: Uint32Array, again: readonly Repeat[]): Uint32Array {
  const plan = new Uint32Array(line.length + again.length);
  let filled = 0;
  let nextRepeat = 0;
  for (let rank = 0; rank < line.length; rank++) {
    plan[filled++] = line[rank]!;
    while (nextRepeat < again.length && again[nextRepeat]!.at < rank + 1)
      plan[filled++] = again[nextRepeat++]!.user;
  }
  return plan;
}

/** User ids are numeric, as in most shops; the index is 0-based so that it can address typed arrays. */
export const userIdOf = (user: number): string => String(user + 1);

/** The index behind a user id of this run, or null where no such user took part. */
export function userOf(userId: string, users: number): number | null {
  const user = /^[1-9][0-9]{0,9}$/.test(userId) ? Number(userId) - 1 : -1;
  return user >= 0 && user < users ? user : null;
}

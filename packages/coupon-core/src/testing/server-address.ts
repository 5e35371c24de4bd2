/**
 * The address of a server that the test command provides. A missing one fails the suite: a test that skips itself
 * proves nothing and says so to nobody.
 */
export function serverAddress(name: 'MYSQL_URL' | 'REDIS_URL' | 'CACHE_REDIS_URL'): string {
  const url = process.env[name];
  if (!url)
    throw new Error(`${name} is not set. Run these tests through the test command of the repository.`);
  return url;
}

/** The address of a server; these tests never skip where it is missing. */
export function provided(name: 'MYSQL_URL' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through the package's test script.`);
  return value;
}

const SOCKETS = /^nodejs_active_handles\{type="Socket"[^}]*\} (\d+)$/m;

/** How many sockets a process of the system has open, as its own metrics say; the asking one is among them. */
export async function socketsOf(url: string): Promise<number> {
  const answer = await fetch(new URL('/metrics', url), { headers: { connection: 'close' } });
  const found = SOCKETS.exec(await answer.text());
  if (!found) throw new Error('The metrics name no number of open sockets.');
  return Number(found[1]);
}

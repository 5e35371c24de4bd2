import { operatorCall } from './operator-call.js';

interface Page {
  items?: { id: number; issueMode: string; epoch: number }[];
  nextCursor?: string | null;
}

/**
 * Has the gate of every coupon rebuilt that people can still ask for: a server that was started anew is another run
 * of it, and a gate does not trust what an earlier run has left.
 */
export async function rebuildGates(apiUrl: string, say: (line: string) => void): Promise<void> {
  try {
    const rebuilt = await rebuildAll(apiUrl);
    if (rebuilt > 0) say(`Gates rebuilt from MySQL: ${rebuilt} (V2 admits newcomers again after 5 s)`);
  } catch (error) {
    // V1 works without gates, and an operator can ask for them again.
    say(`Not every gate could be rebuilt, V2 answers 503 there: ${String(error)}`);
  }
}

async function rebuildAll(apiUrl: string): Promise<number> {
  let rebuilt = 0;
  for (const state of ['OPEN', 'PAUSED']) {
    for (let cursor = ''; ; ) {
      const page: Page = await operatorCall(apiUrl, 'GET', `?state=${state}&limit=100${cursor}`);
      for (const { id, issueMode, epoch } of page.items ?? []) {
        if (issueMode === 'SYNC' || epoch === 0) continue;
        await operatorCall(apiUrl, 'POST', `/${id}/rebuild`);
        rebuilt += 1;
      }
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }
  return rebuilt;
}

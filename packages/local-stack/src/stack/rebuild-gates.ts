import { onlyIssuerSigns } from './auth-settings.js';
import { operatorCall } from './operator-call.js';
import type { RunningStack } from './stack-state.js';

interface Page {
  items?: { id: number; issueMode: string; epoch: number }[];
  nextCursor?: string | null;
}

/**
 * Has the gate of every coupon rebuilt that people can still ask for: a server that was started anew is another run
 * of it, and a gate does not trust what an earlier run has left. Where only the issuer could sign the operator's
 * token, nothing is done.
 */
export async function rebuildGates(running: RunningStack, say: (line: string) => void): Promise<void> {
  if (onlyIssuerSigns(running.auth)) return;
  try {
    const rebuilt = await rebuildAll(running);
    if (rebuilt > 0) say(`Gates rebuilt from MySQL: ${rebuilt} (V2 admits newcomers again after 5 s)`);
  } catch (error) {
    // V1 works without gates, and an operator can ask for them again.
    say(`Not every gate could be rebuilt, V2 answers 503 there: ${String(error)}`);
  }
}

async function rebuildAll(running: RunningStack): Promise<number> {
  let rebuilt = 0;
  for (const state of ['OPEN', 'PAUSED']) {
    for (let cursor = ''; ; ) {
      const page: Page = await operatorCall(running, 'GET', `?state=${state}&limit=100${cursor}`);
      for (const { id, issueMode, epoch } of page.items ?? []) {
        if (issueMode === 'SYNC' || epoch === 0) continue;
        await operatorCall(running, 'POST', `/${id}/rebuild`);
        rebuilt += 1;
      }
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }
  return rebuilt;
}

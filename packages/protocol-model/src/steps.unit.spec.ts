import { beforeEach, describe, expect, it } from '@jest/globals';
import { drawCampaign } from './explore.js';
import { asUserId, type ProcessId, type RequestId } from './ids.js';
import { createRandom } from './random.js';
import type { Answer } from './replies.js';
import { observe, type Step, type StepOutcome, stepText } from './steps.js';
import { createWorld, type World } from './world.js';

const ann = asUserId('u0');
const bob = asUserId('u1');
const endsAt = Number.POSITIVE_INFINITY;
const campaign = drawCampaign(createRandom(1), { mode: 'BOTH', total: 1, users: 3, endsAt, timely: false });

let world: World;
beforeEach(() => {
  world = createWorld(campaign);
});

const advance = (id: RequestId): Step => ({ name: 'advance', id, fault: 'ok' });

/** Sends a request and advances it until it is answered. */
function ask(door: 'v1' | 'v2' | 'me' | 'cancel', user = ann, api: ProcessId = 0): Answer | undefined {
  const id = `${door}-${world.nextEntryId}-${world.requests.size}`;
  const withReceipt = false;
  const sent: Step =
    door === 'v2' ? { name: door, id, user, api, withReceipt } : { name: door, id, user, api };
  let outcome: StepOutcome = observe(world, sent);
  while (outcome.done && outcome.answers.length === 0) outcome = observe(world, advance(id));
  return outcome.answers[0];
}

function settle(): void {
  observe(world, { name: 'read', id: 0, max: 10 });
  observe(world, { name: 'commit', id: 0, fault: 'ok' });
  observe(world, { name: 'ack', id: 0, fault: 'ok' });
}

describe('observing a step', () => {
  it('shows the script that it called, with its reply', () => {
    observe(world, { name: 'v2', id: 'a', user: ann, api: 0, withReceipt: false });
    expect(observe(world, advance('a'))).toEqual({ done: true, answers: [], scripts: [] });
    const { scripts } = observe(world, advance('a'));
    const claim = { origin: 'ADMITTED', epoch: 1, ticket: 1, at: 1000 };
    const reply = { code: 'CLAIMED', claim, fresh: true };
    expect(scripts).toEqual([{ script: 'claim', user: ann, receipt: false, reply }]);
    expect(world.redis.gate?.given).toBe(1);
  });

  it('shows a reply that got lost, and the same claim when the script is sent again', () => {
    observe(world, { name: 'v2', id: 'a', user: ann, api: 0, withReceipt: false });
    observe(world, advance('a'));
    const lost = observe(world, { name: 'advance', id: 'a', fault: 'lost' });
    const again = observe(world, advance('a'));
    expect(lost.scripts).toMatchObject([{ reply: { code: 'CLAIMED', fresh: true } }]);
    expect(again.scripts).toMatchObject([{ reply: { code: 'CLAIMED', fresh: false, claim: { ticket: 1 } } }]);
    expect(world.redis.gate?.given).toBe(1);
  });

  it('shows what the person was answered', () => {
    expect(ask('v2')).toMatchObject({ user: ann, door: 'v2', reading: { status: 'PENDING' }, lost: false });
    expect(ask('v2', bob)?.reading).toEqual({ status: 'REFUSED', refusal: 'SOLD_OUT' });
    settle();
    expect(ask('me')?.reading).toEqual({ status: 'ISSUED', number: 1 });
    expect(ask('v1')?.reading).toEqual({ status: 'ISSUED', number: 1 });
    expect(ask('me', bob)?.reading).toEqual({ status: 'NOT_REQUESTED' });
    expect(ask('cancel')?.reading).toEqual({ status: 'CANCELLED' });
    expect(ask('cancel', bob)?.reading).toEqual({ status: 'NOTHING_TO_CANCEL' });
  });

  it('shows a 503, which tells the person nothing', () => {
    observe(world, { name: 'flushall' });
    expect(ask('v2')?.reading).toEqual({ status: 'UNAVAILABLE' });
    expect(world.clients.get(ann)?.told).toBeNull();
  });

  it('says when a step was not possible', () => {
    expect(observe(world, advance('nobody')).done).toBe(false);
    expect(observe(world, { name: 'ack', id: 0, fault: 'ok' }).done).toBe(false);
    expect(observe(world, { name: 'restart-redis', cut: 5 }).done).toBe(false);
    expect(observe(world, { name: 'resume' }).done).toBe(false);
  });

  it('is not possible any more after a violation', () => {
    world.violation = { invariant: 'I1', text: 'by hand', at: 0 };
    expect(observe(world, { name: 'tick', ms: 1 })).toEqual({ done: false, answers: [], scripts: [] });
    expect(world.now).toBe(1000);
  });
});

describe('a rebuild after the loss of everything', () => {
  it('offers what the rows have left, and lets the receipt in', () => {
    ask('v2');
    observe(world, { name: 'flushall' });
    observe(world, { name: 'rebuild', id: 0 });
    for (let i = 0; i < 6; i += 1) observe(world, { name: 'rebuild-step', id: 0 });
    expect(world.redis.gate).toMatchObject({ epoch: 2, given: 0, capacity: 1 });
    expect(ask('v2', bob)?.reading).toEqual({ status: 'UNAVAILABLE' });
    // The receipt is admitted once no lease can be alive; the settlement still keeps the others out.
    observe(world, { name: 'tick', ms: campaign.times.reopenDelayMs });
    observe(world, { name: 'v2', id: 'again', user: ann, api: 0, withReceipt: true });
    observe(world, advance('again'));
    const { scripts } = observe(world, advance('again'));
    expect(scripts).toMatchObject([
      { script: 'claim', receipt: true, reply: { claim: { epoch: 2, ticket: 1 } } },
    ]);
  });
});

describe('stepText', () => {
  it('gives the name and what was drawn', () => {
    expect(stepText({ name: 'v2', id: 'r1', user: ann, api: 1, withReceipt: true })).toBe('v2 r1 u0 1 true');
  });
});

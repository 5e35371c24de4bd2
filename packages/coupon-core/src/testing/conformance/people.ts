import { type Answer, observe, type ScriptCall, type Step } from 'protocol-model';
import type { UserId } from '../../coupon/ids.js';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { TakeBackIssue } from '../../lifecycle/commands.js';
import type { Pair } from './pair.js';
import { type Told, textOf, toldByIssue, toldByRequest } from './told.js';

/** Requests, from end to end as one step, through the use cases of the product. */
export class People {
  private readonly receipts = new Map<string, string>();
  private requests = 0;

  constructor(private readonly pair: Pair) {}

  async request(step: Step<'v1' | 'v2' | 'me' | 'cancel'>): Promise<boolean> {
    this.requests += 1;
    const id = `r${this.requests}`;
    const shown = step.name === 'v2' && step.withReceipt ? (this.receipts.get(step.user) ?? null) : null;
    const withReceipt = shown !== null;
    if (!observe(this.pair.model, step.name === 'v2' ? { ...step, id, withReceipt } : { ...step, id }).done)
      return false;
    const answers: Answer[] = [];
    const scripts: ScriptCall[] = [];
    while (this.pair.model.requests.has(id)) {
      const outcome = observe(this.pair.model, { name: 'advance', id, fault: 'ok' });
      answers.push(...outcome.answers);
      scripts.push(...outcome.scripts);
    }
    const told = await this.ask(step, shown);
    const expected = answers.map(({ reading }) => textOf(reading)).join();
    const fresh = scripts.some(
      (call) => call.script === 'claim' && call.reply.code === 'CLAIMED' && call.reply.fresh,
    );
    // The product does not ask MySQL about a claim that was admitted a moment ago; PENDING is true all the same.
    const equal = told === expected || (fresh && told === 'PENDING' && expected === 'UNKNOWN');
    if (!equal)
      throw new Error(`${step.name} of ${step.user}: the model says ${expected}, the product ${told}`);
    return true;
  }

  private async ask(step: Step<'v1' | 'v2' | 'me' | 'cancel'>, shown: string | null): Promise<Told> {
    const { coupon, issueCoupon, apis, readClaimStatus } = this.pair.real;
    const user = step.user as string as UserId;
    if (step.name === 'v1') return toldByIssue(await issueCoupon.execute(coupon.id, user));
    if (step.name === 'cancel') return this.cancel(user);
    if (step.name === 'me') return toldByRequest(await readClaimStatus.execute(coupon.id, user, null));
    const answer = await apis[step.api].requestCoupon.execute(coupon.id, user, shown);
    if (answer.outcome === 'CLAIM' && answer.view.receipt) this.receipts.set(user, answer.view.receipt);
    return toldByRequest(answer);
  }

  private async cancel(user: UserId): Promise<Told> {
    const { coupon, dataSource, takeBackIssue } = this.pair.real;
    const mine = 'coupon_id = ? AND user_id = ?';
    const [row] = await dataSource.query(`SELECT issue_number FROM coupon_issues WHERE ${mine}`, [
      coupon.id,
      user,
    ]);
    if (this.pair.sabotage === 'CANCELS_TWICE')
      await dataSource.query(`UPDATE coupon_issues SET lifecycle = NULL WHERE ${mine}`, [coupon.id, user]);
    // Whoever has no number tries the first, which is another's or nobody's.
    const request = { issueNumber: row?.issue_number ?? 1, owner: user, by: null };
    const command = new TakeBackIssue(coupon.id, request, 'CANCELLED');
    try {
      const { outcome } = await takeBackIssue.execute(command);
      if (outcome === 'NOT_FOUND') return 'NOTHING_TO_CANCEL';
      return outcome === 'TAKEN_BACK' || outcome === 'REPEATED' ? 'CANCELLED' : outcome;
    } catch (cause) {
      if (cause instanceof StoreUnavailable) return 'UNAVAILABLE';
      throw cause;
    }
  }
}

import type { ClaimReply, GateRefusal, GateUnavailable, LookUpReply } from '../../issuance/gate.js';
import {
  CLAIM_CODES,
  type CouponReply,
  decodeClaim,
  type GateReply,
  heldClaim,
  LOOK_UP_CODES,
} from './claim-codec.js';

/** What a script answered one member of a call. */
export interface Outcome {
  answer: string | number;
  ofCoupon: CouponReply;
  reply: GateReply;
}

function held(outcome: Outcome, text: string) {
  const claim = decodeClaim(text, Number(outcome.ofCoupon[0]));
  return { outcome: 'HELD' as const, held: heldClaim(claim, false, outcome.reply, outcome.ofCoupon) };
}

export function lookUpReply(outcome: Outcome): LookUpReply {
  const { answer } = outcome;
  if (typeof answer === 'string') return held(outcome, answer);
  const code = LOOK_UP_CODES[answer as keyof typeof LOOK_UP_CODES];
  return code === 'NOT_INITIALISED' ? { outcome: 'UNAVAILABLE', reason: code } : { outcome: code };
}

export function claimReply(outcome: Outcome): ClaimReply {
  const { answer, ofCoupon, reply } = outcome;
  if (typeof answer === 'string') return held(outcome, answer);
  if (answer > 0) {
    const claim = { kind: 'TICKET' as const, epoch: Number(ofCoupon[0]), ticket: answer };
    return { outcome: 'HELD', held: heldClaim(claim, true, reply, ofCoupon) };
  }
  const code = CLAIM_CODES[answer]!;
  switch (code) {
    case 'LOST':
      return { outcome: 'HELD', held: heldClaim({ kind: 'LOST' }, true, reply, ofCoupon) };
    case 'NOT_INITIALISED':
    case 'SETTLING':
    case 'QUEUE_FULL':
    case 'UNREACHABLE':
      return { outcome: 'UNAVAILABLE', reason: code satisfies GateUnavailable };
    case 'SHRUNK_AND_ENDED':
      return { outcome: 'SHRUNK', code: 'ENDED' };
    case 'SHRUNK_AND_CLOSED':
      return { outcome: 'SHRUNK', code: 'CLOSED' };
    default:
      return { outcome: 'REFUSED', code: code satisfies GateRefusal };
  }
}

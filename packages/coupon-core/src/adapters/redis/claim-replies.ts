import type {
  Claim,
  ClaimReply,
  GateRefusal,
  GateUnavailable,
  HeldClaim,
  LookUpReply,
} from '../../issuance/gate.js';
import type { Pace } from '../../issuance/issuance-queue.js';
import {
  CLAIM_CODES,
  type CouponReply,
  decodeClaim,
  estimateWaitMs,
  type GateReply,
  LOOK_UP_CODES,
  positionOf,
} from './claim-codec.js';

/** What a script answered one member of a call. */
export interface Outcome {
  answer: string | number;
  ofCoupon: CouponReply;
  reply: GateReply;
  pace: Pace | null;
}

/** `text`: a claim, and behind it how many are ahead, where the queue is a waiting line. */
function heldBefore(outcome: Outcome, text: string) {
  const [claim = '', ahead] = text.split(' ');
  return held(decodeClaim(claim, Number(outcome.ofCoupon[0])), false, outcome, ahead);
}

function held(claim: Claim, admittedNow: boolean, { reply, ofCoupon, pace }: Outcome, ahead?: string) {
  const position = ahead === undefined ? positionOf(claim, ofCoupon) : Number(ahead);
  const estimatedWaitMs = estimateWaitMs(position, reply, pace);
  const held: HeldClaim = { claim, admittedNow, gateTime: reply[0], position, estimatedWaitMs };
  return { outcome: 'HELD' as const, held };
}

export function lookUpReply(outcome: Outcome): LookUpReply {
  const { answer } = outcome;
  if (typeof answer === 'string') return heldBefore(outcome, answer);
  const code = LOOK_UP_CODES[answer as keyof typeof LOOK_UP_CODES];
  return code === 'NOT_INITIALISED' ? { outcome: 'UNAVAILABLE', reason: code } : { outcome: code };
}

export function claimReply(outcome: Outcome): ClaimReply {
  const { answer, ofCoupon } = outcome;
  if (typeof answer === 'string') return heldBefore(outcome, answer);
  if (answer > 0) {
    const claim = { kind: 'TICKET' as const, epoch: Number(ofCoupon[0]), ticket: answer };
    return held(claim, true, outcome);
  }
  const code = CLAIM_CODES[answer]!;
  switch (code) {
    case 'LOST':
      return held({ kind: 'LOST' }, true, outcome);
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

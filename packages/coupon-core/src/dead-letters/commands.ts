import { Command, Query } from '@nestjs/cqrs';
import type { Operator } from '../campaign/audit-log.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterList, DiscardOutcome, RetryOutcome } from './dead-letter-store.js';

/** Tries to settle a dead letter now, whether its time has come or not. */
export class RetryDeadLetter extends Command<RetryOutcome> {
  constructor(
    readonly id: number,
    readonly by: Operator,
  ) {
    super();
  }
}

/** Gives a dead letter up: its claim ends REJECTED. */
export class DiscardDeadLetter extends Command<DiscardOutcome> {
  constructor(
    readonly id: number,
    readonly by: Operator,
  ) {
    super();
  }
}

export class GetDeadLetter extends Query<DeadLetter | null> {
  constructor(readonly id: number) {
    super();
  }
}

/** Newest first. */
export class ListDeadLetters extends Query<DeadLetter[]> {
  constructor(readonly which: DeadLetterList) {
    super();
  }
}

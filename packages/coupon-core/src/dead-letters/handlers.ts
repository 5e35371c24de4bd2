import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DiscardDeadLetter, GetDeadLetter, ListDeadLetters, RetryDeadLetter } from './commands.js';
import type { DeadLetter } from './dead-letter.js';
import { DeadLetterStore, type DiscardOutcome, type RetryOutcome } from './dead-letter-store.js';
import { SettleDeadLetters } from './settle-dead-letters.js';

@CommandHandler(RetryDeadLetter)
export class RetryDeadLetterHandler implements ICommandHandler<RetryDeadLetter> {
  constructor(private readonly letters: SettleDeadLetters) {}

  execute({ id, by }: RetryDeadLetter): Promise<RetryOutcome> {
    return this.letters.retry(id, by);
  }
}

@CommandHandler(DiscardDeadLetter)
export class DiscardDeadLetterHandler implements ICommandHandler<DiscardDeadLetter> {
  constructor(private readonly letters: SettleDeadLetters) {}

  execute({ id, by }: DiscardDeadLetter): Promise<DiscardOutcome> {
    return this.letters.discard(id, by);
  }
}

@QueryHandler(GetDeadLetter)
export class GetDeadLetterHandler implements IQueryHandler<GetDeadLetter> {
  constructor(private readonly store: DeadLetterStore) {}

  execute({ id }: GetDeadLetter): Promise<DeadLetter | null> {
    return this.store.find(id);
  }
}

@QueryHandler(ListDeadLetters)
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLetters> {
  constructor(private readonly store: DeadLetterStore) {}

  execute({ which }: ListDeadLetters): Promise<DeadLetter[]> {
    return this.store.list(which);
  }
}

import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import {
  DiscardDeadLetter,
  GetDeadLetter,
  ListDeadLetters,
  type Operator,
  RetryDeadLetter,
} from 'coupon-core';
import { AdminGuard } from '../caller/admin.guard.js';
import { ByOperator } from '../caller/operator.js';
import { RequestRefused } from '../http/problem.js';
import { BODY_REFUSALS } from '../openapi/call-description.js';
import { Described } from '../openapi/described.js';
import {
  type DeadLettersQuery,
  type DeadLetterView,
  deadLetterIdParameter,
  deadLetterPage,
  deadLetterPageSchema,
  deadLetterSchema,
  deadLettersQuery,
  deadLetterView,
} from './dead-letter-view.js';

/** Claims that failed by themselves: their holders read PENDING until they are settled or given up. */
@ApiTags('Operators')
@Controller('admin/v1/dead-letters')
@UseGuards(AdminGuard)
export class DeadLettersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Described({
    operationId: 'listDeadLetters',
    summary: 'Claims that could not be settled, newest first',
    caller: 'operator',
    answers: { 200: { description: 'A page.', body: deadLetterPageSchema } },
    refusals: [],
  })
  async list(@Query({ schema: deadLettersQuery }) { couponId, state, cursor, limit }: DeadLettersQuery) {
    const which = { couponId: couponId ?? null, state: state ?? null, beforeId: cursor ?? null };
    const letters = await this.queries.execute(new ListDeadLetters({ ...which, limit: limit + 1 }));
    return deadLetterPage(letters, limit);
  }

  @Get(':id')
  @Described({
    operationId: 'getDeadLetter',
    summary: 'One of them, with its payload and its cause',
    caller: 'operator',
    answers: { 200: { description: 'The dead letter.', body: deadLetterSchema } },
    refusals: ['DEAD_LETTER_NOT_FOUND'],
  })
  async get(@Param('id', { schema: deadLetterIdParameter }) id: number): Promise<DeadLetterView> {
    const letter = await this.queries.execute(new GetDeadLetter(id));
    if (!letter) throw new RequestRefused('DEAD_LETTER_NOT_FOUND');
    return deadLetterView(letter);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Described({
    operationId: 'retryDeadLetter',
    summary: 'Try to settle it now',
    description: 'Repeating it is harmless: a claim that is settled stays as it is.',
    caller: 'operator',
    answers: { 200: { description: '`SETTLED`, or failed once more.', body: deadLetterSchema } },
    refusals: [...BODY_REFUSALS, 'DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_DECIDED'],
  })
  async retry(
    @Param('id', { schema: deadLetterIdParameter }) id: number,
    @ByOperator() by: Operator,
  ): Promise<DeadLetterView> {
    const result = await this.commands.execute(new RetryDeadLetter(id, by));
    switch (result.outcome) {
      case 'SETTLED':
      case 'FAILED_AGAIN':
        return deadLetterView(result.letter);
      case 'NOT_POSSIBLE':
        throw new RequestRefused('DEAD_LETTER_DECIDED', 'It was discarded, or nobody can read it.');
      case 'NOT_FOUND':
        throw new RequestRefused('DEAD_LETTER_NOT_FOUND');
    }
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Described({
    operationId: 'discardDeadLetter',
    summary: 'Give it up',
    description: 'Its holder reads `REJECTED` with the reason `DISCARDED`, and the unit is offered again.',
    caller: 'operator',
    answers: { 200: { description: 'It is given up.', body: deadLetterSchema } },
    refusals: [...BODY_REFUSALS, 'DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_DECIDED'],
  })
  async discard(
    @Param('id', { schema: deadLetterIdParameter }) id: number,
    @ByOperator() by: Operator,
  ): Promise<DeadLetterView> {
    const result = await this.commands.execute(new DiscardDeadLetter(id, by));
    switch (result.outcome) {
      case 'DISCARDED':
        return deadLetterView(result.letter);
      case 'NOT_POSSIBLE':
        throw new RequestRefused('DEAD_LETTER_DECIDED', 'Its claim is settled.');
      case 'NOT_FOUND':
        throw new RequestRefused('DEAD_LETTER_NOT_FOUND');
    }
  }
}

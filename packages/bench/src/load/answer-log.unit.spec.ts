import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from './answer-log.js';
import { faultAnswer, readIssueAnswer } from './read-issue-answer.js';

const claim = (ticket: number) => readIssueAnswer(202, JSON.stringify({ ticket, status: 'PENDING' }));

describe('the answers of one load behind those of another', () => {
  it('are those of both, each in their order', () => {
    const [first, later] = [new AnswerLog(3, 4), new AnswerLog(2, 4)];
    first.record(3, claim(1), 1);
    first.record(2, faultAnswer(0, 'time-out'), 2);
    later.record(3, claim(1), 3);
    later.record(1, faultAnswer(0, 'time-out'), 4);
    const both = first.followedBy(later);
    expect([...both.user.subarray(0, both.count)]).toEqual([3, 2, 3, 1]);
    expect([...both.latenciesMs]).toEqual([1, 2, 3, 4]);
    expect([both.planned, both.usersWithClaim, both.faultCount]).toEqual([5, 1, 2]);
    expect([...both.faults]).toEqual([['time-out', 2]]);
  });
});

describe('the answers of users who asked for several coupons by turns', () => {
  it('come apart by coupon, in the order in which they came', () => {
    const log = new AnswerLog(6, 5);
    log.record(3, claim(1), 1);
    log.record(0, claim(1), 2);
    log.record(1, claim(2), 3);
    log.record(4, readIssueAnswer(409, '{"code":"SOLD_OUT"}'), 4);
    log.record(2, faultAnswer(0, 'time-out'), 5);
    const [even, odd] = log.ofEachCoupon(2);
    expect([...odd!.user]).toEqual([3, 1]);
    expect([...odd!.ticket]).toEqual([1, 2]);
    expect([...odd!.latenciesMs]).toEqual([1, 3]);
    expect([odd!.usersWithClaim, odd!.soldOutCount, odd!.faultCount]).toEqual([2, 0, 0]);
    expect([...even!.user]).toEqual([0, 4, 2]);
    expect([even!.usersWithClaim, even!.soldOutCount, even!.faultCount]).toEqual([1, 1, 1]);
  });
});

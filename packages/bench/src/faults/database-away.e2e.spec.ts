import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { LocalServer } from 'local-stack';
import type { Call } from './api-client.js';
import { type Crowd, inLanes, users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { FaultyLink } from './faulty-link.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

/**
 * How long MySQL is away. The default is longer than each of the system's own limits of time, the longest of which is
 * that of a silent connection, 15 s. `FAULT_OUTAGE_SECONDS=60` makes it a minute.
 */
const OUTAGE_MS = Number(process.env.FAULT_OUTAGE_SECONDS || 20) * 1_000;

interface Outage {
  title: string;
  goAway(mysql: LocalServer): Promise<void> | void;
  comeBack(mysql: LocalServer): Promise<void> | void;
}

const OUTAGES: Outage[] = [
  { title: 'killed', goAway: (mysql) => mysql.kill('SIGKILL'), comeBack: (mysql) => mysql.restart() },
  { title: 'frozen', goAway: (mysql) => mysql.pause(), comeBack: (mysql) => mysql.resume() },
];

/** More than an API has connections to MySQL. */
const READERS = 40;

const systems: PrivateSystem[] = [];
const links: FaultyLink[] = [];
const stories = new Map<Outage | 'vanished', Promise<void>>();

/** An outage is mostly waiting, so that all of them are lived through at the same time, each on servers of its own. */
beforeAll(async () => {
  await Promise.all([
    ...OUTAGES.map(async (outage) => begin(outage, liveThrough(outage, await startSystem()))),
    startBehindLinks().then((system) => begin('vanished', liveThroughVanishing(system))),
  ]);
});

afterAll(async () => {
  await Promise.all(systems.map((system) => system.stop()));
  await Promise.all(links.map((link) => link.close()));
});

describe('MySQL that is away for longer than any limit of time', () => {
  it.each(OUTAGES)('because it is $title: V2 accepts, V1 waits, nobody is rejected', async (outage) => {
    await stories.get(outage);
  });
});

describe('MySQL that vanished without closing a connection, and is there again at its address', () => {
  it('is found again: silent connections are given up, and do not keep their places in the pool', async () => {
    await stories.get('vanished');
  });
});

/** The story is awaited, and judged, by its test. */
function begin(title: Outage | 'vanished', story: Promise<void>): void {
  story.catch(() => undefined);
  stories.set(title, story);
}

async function startServers(): Promise<PrivateSystem> {
  const system = await PrivateSystem.start();
  systems.push(system);
  return system;
}

async function startSystem(): Promise<PrivateSystem> {
  const system = await startServers();
  await Promise.all([system.startApi(), system.startConsumer('consumer')]);
  return system;
}

async function startBehindLinks(): Promise<PrivateSystem> {
  const system = await startServers();
  const link = await FaultyLink.to(system.mysql.port);
  links.push(link);
  const address = { MYSQL_URL: system.mysql.url.replace(`:${system.mysql.port}`, `:${link.port}`) };
  await Promise.all([system.startApi(address), system.startConsumer('consumer', address)]);
  return system;
}

async function liveThrough({ title, goAway, comeBack }: Outage, system: PrivateSystem): Promise<void> {
  const dice = diceOf(`MySQL ${title}`);
  const atGate = await openCampaign(system, { total: 20_000, issueMode: 'ASYNC' }, dice);
  const atRows = await openCampaign(system, { total: 20_000, issueMode: 'BOTH' }, dice);
  await atGate.rush(users(100, 'early'), { door: 'V2' });
  await atGate.awaitFinal();
  await atRows.rush(users(10, 'early'), { door: 'V1' });

  const rush = atGate.rush(users(600, 'crowd'), { door: 'V2', pauseMs: 5 });
  await until('the rush is under way', () => atGate.settled > 150);
  await goAway(system.mysql);
  const endsAt = performance.now() + OUTAGE_MS;
  const isOver = () => performance.now() > endsAt;
  await Promise.all([
    rush,
    comeForV2(atGate, isOver),
    comeForV1(atRows, isOver),
    lookUpMeanwhile(atGate, isOver),
    repeatMeanwhile(atGate, isOver),
  ]);
  expect((await readQueue(system)).entries).toBeGreaterThan(0);
  await comeBack(system.mysql);

  await inLanes(atRows.told.everybody, 8, async (user) => {
    await atRows.askUntilSettled(user, 'V1');
  });
  const atGateAtEnd = await expectExact(system, atGate, {
    issued: atGate.told.everybody.length,
    tickets: 'EACH_ISSUED',
  });
  await expectExact(system, atRows, { issued: atRows.told.everybody.length, tickets: 'UNIQUE' });
  expect(atGateAtEnd.rows.filter(({ status }) => status === 'REJECTED')).toEqual([]);
}

/** An open gate does not need MySQL: nobody is turned away, and nobody has to ask twice. */
async function comeForV2(crowd: Crowd, isOver: () => boolean): Promise<void> {
  await inLanes(usersUntil(isOver, 'late'), 4, async (user) => {
    expect((await crowd.ask(user, 'V2')).status).toBe(202);
    await sleep(50);
  });
}

async function comeForV1(crowd: Crowd, isOver: () => boolean): Promise<void> {
  await inLanes(usersUntil(isOver, 'late'), 4, async (user) => {
    const { status, body, retryAfter } = await crowd.ask(user, 'V1');
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'UNAVAILABLE' });
    expect(Number(retryAfter)).toBeGreaterThan(0);
    await sleep(100);
  });
}

/** Neither who has won already nor who waits is told anything but that it is not known, or pending. */
async function lookUpMeanwhile(crowd: Crowd, isOver: () => boolean): Promise<void> {
  const candidates = crowd.told.everybody;
  await inLanes(usersUntil(isOver), 4, async (turn) => {
    const user = candidates[Number(turn.slice(1)) % candidates.length]!;
    const { status, body } = await crowd.ask(user, 'ME');
    expect({ status, said: body.status }).toEqual({
      status: 200,
      said: expect.stringMatching(/^(UNKNOWN|PENDING)$/),
    });
    await sleep(50);
  });
}

/** The ticket comes from the gate, whatever can be said of its status; that it is the same the testimony checks. */
async function repeatMeanwhile(crowd: Crowd, isOver: () => boolean): Promise<void> {
  const candidates = crowd.told.everybody;
  await inLanes(usersUntil(isOver), 2, async (turn) => {
    const user = candidates[Number(turn.slice(1)) % candidates.length]!;
    const { status, body } = await crowd.ask(user, 'V2');
    expect({ status, ticket: body.ticket }).toEqual({ status: 202, ticket: crowd.told.of(user).ticket });
    await sleep(50);
  });
}

async function liveThroughVanishing(system: PrivateSystem): Promise<void> {
  const dice = diceOf('MySQL vanished');
  const atGate = await openCampaign(system, { total: 150, issueMode: 'ASYNC' }, dice);
  const atRows = await openCampaign(system, { total: 150, issueMode: 'BOTH' }, dice);
  await atGate.rush(users(50), { door: 'V2' });
  await atRows.rush(users(50), { door: 'V1' });
  // Makes as many connections as the API ever has, and then has all of them waited on.
  await readCoupon(system, atGate.couponId);
  for (const link of links) link.strand();
  expect(await readCoupon(system, atGate.couponId)).not.toContain(0);
  await Promise.all([atGate.rush(users(200), { door: 'V2' }), atRows.rush(users(200), { door: 'V1' })]);
  await expectExact(system, atGate, { issued: 150, tickets: 'EACH_ISSUED' });
  await expectExact(system, atRows, { issued: 150, tickets: 'UNIQUE' });
}

/** Answers the statuses of many readers at once. */
async function readCoupon(system: PrivateSystem, couponId: number): Promise<number[]> {
  const call: Call = { method: 'GET', path: `/v1/coupons/${couponId}`, headers: {} };
  const answers = await Promise.all(Array.from({ length: READERS }, () => system.client.call(call)));
  return answers.map(({ status }) => status);
}

import type { AnswerLog } from '../load/answer-log.js';
import type { KeptReceipts } from '../load/kept-receipts.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';

/** The rush that something happens to. */
export interface RushUnderWay {
  couponId: number;
  /** Units on sale when it began. */
  total: number;
  system: SystemUnderLoad;
  users: number;
  /** How far it is. */
  log: AnswerLog;
  /** What people were given; they show it where claims may be lost. */
  receipts: KeptReceipts;
}

export interface ChaosOutcome {
  /** What was done, a line each. */
  done: string[];
  /** Units on sale in the end. */
  total: number;
}

/** Happens while a rush is under way, and ends with it. What it throws ends the bench. */
export type Chaos = (rush: RushUnderWay) => Promise<ChaosOutcome>;

/** Branded, so that a user, an epoch and a ticket cannot change places in a call. */
export type UserId = string & { readonly brand: 'UserId' };

/** Counts the gates that were ever built for the coupon; the first one is 1. */
export type Epoch = number & { readonly brand: 'Epoch' };

/** The order of arrival at the gate, from 1, unique within an epoch. */
export type Ticket = number & { readonly brand: 'Ticket' };

/** `epoch:ticket:user`, the full name of a claim. */
export type TicketKey = string & { readonly brand: 'TicketKey' };

/** Every kind of process runs twice: enough for all races, and small enough to meet them often. */
export type ProcessId = 0 | 1;
export const PROCESS_IDS: readonly ProcessId[] = [0, 1];

export type RequestId = string;
export type OperationId = string;
export type MessageKey = string;

/** Identifies one life of the Redis server; grows with every restart. */
export type RunId = number;

/** Moves with every change of the coupon's row. */
export type RowVersion = number;

export const idsOf = (entries: readonly { readonly id: number }[]): number[] => entries.map(({ id }) => id);
export const asUserId = (text: string): UserId => text as UserId;
export const asEpoch = (number: number): Epoch => number as Epoch;
export const asTicket = (number: number): Ticket => number as Ticket;

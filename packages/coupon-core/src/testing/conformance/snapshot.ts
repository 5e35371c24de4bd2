/** What model and servers are compared by, in words that do not depend on either. */
export interface Snapshot {
  row: {
    total: number | null;
    pendingTotal: number | null;
    issued: number;
    issuedByV1: number;
    givenBack: number;
    returned: number;
    state: string;
    epoch: number;
    mintedEpoch: number;
  };
  /** `user ISSUED number ticket`, with `CANCELLED` behind it where that is so, or `user REJECTED reason ticket`, sorted. */
  issues: string[];
  /** `ticket user`, sorted. */
  voids: string[];
  /** `ticket user`, sorted. */
  deadLetters: string[];
  /** null: there is no gate, or only a fence. */
  gate: { epoch: number; capacity: number; state: string; admitted: number; claims: string[] } | null;
  /** The epoch that a rebuild has shut the gate with. */
  fence: number | null;
  /** `user ticket`, in order. */
  queue: string[];
}

/** A ticket by its full name; `-` where there is none. */
export const ticketName = (epoch: number | null, ticket: number | null): string =>
  ticket === null ? '-' : `${epoch}:${ticket}`;

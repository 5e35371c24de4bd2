/** Every guard that a run may go without, each with what then happens instead. */
export const GUARDS = {
  // What any such protocol needs.
  noUniqueKey: 'a row is inserted whether or not the person has one',
  noClaimCheck: 'a script that is sent again takes a second ticket for the same person',
  endedBeforeClaimed: 'after the end even the winner of a claim is refused',
  capacityByIncrements: 'the gate is told differences, so a lost or doubled message stays in its capacity',
  noVersion: 'a view of the row that arrives late overwrites a newer one',
  noRunIdCheck: 'a gate that a restart brought back old keeps admitting',
  noSellsFrom: 'a gate that has units again admits before the leases have run out',
  leaseFromReply: 'a lease starts when its reply arrives, not when it was asked for',
  noWinnersFilter: 'a lease refuses the people who hold a claim as well',
  deliveryCountRejects: 'a claim delivered many times is rejected for that alone',
  ackBeforeCommit: 'the queue forgets an entry before its row is committed',
  consumerJudgesWindow: 'a claim admitted in time is rejected when it is settled after the end',
  countByBatch: 'the counter grows by the size of the batch, whatever it inserted',
  numberFromTicket: 'the issue number is copied from the ticket',
  cancelTwice: 'every repeat of a cancellation returns another unit',
  // What only became clear in the details.
  runIdFromCaller: 'the gate compares with the run id that its caller remembers',
  voidNotRecorded: 'each delivery of a superfluous ticket raises `returned` once more',
  givenIsClaimsLoaded: 'a new gate starts with as many tickets given as claims were loaded',
  noFence: 'the old gate admits while the new one is built, and any newer one may take over',
  switchIgnoresRestart: 'a gate built from what an earlier run of the server held may take over',
  noReadEpoch: 'a batch read from the old gate is settled after its entries were counted for the new one',
  rebuildForgetsDeadLetters: 'the units promised to dead letters are offered again by a new gate',
  receiptAfterWindow: 'a receipt is turned away once the campaign has ended or is paused',
  receiptBeforeSellsFrom: 'a receipt is admitted while somebody may still refuse from memory',
  lostRaisesReturned: 'a recorded loss returns a unit that it never took',
  leaseDuringDelay: 'refusing from memory is allowed again while the reopening is awaited',
  delayOnlyWhileOpen: 'units that come back during a pause are on sale without delay',
  everySetDelays: 'every view taken moves the reopening further away',
  sweepEverySecond: 'the sweeper repeats the view once a second',
  sweepRecentOnly: 'the sweeper gives up on a change that it could not deliver for two seconds',
  takePops: 'whoever takes from a waiting line has them in its memory alone',
  rebuildForgetsTaken: 'a rebuild counts who waits in line, and not whom a consumer has taken from it',
  noTopicDrain: 'a rebuild reads the rows while entries that left the stream wait in the topic',
  removeUnguarded: 'a relay removes entries from the stream while a rebuild counts what is in it',
  decreaseGateFirst: 'a decrease is put into the gate before any row knows of it',
  v2RefusesAlone: 'V2 refuses on a campaign with both doors without a look at the rows',
  v1RefusesAlone: 'V1 refuses on a campaign with both doors without asking the gate',
  v1TrustsShrunkGate: 'V1 believes a gate that has already dropped its claims',
  shrinkUnchecked: 'the gate drops its claims though one was added after they were examined',
  rowsReadFirst: 'a look-up reads the rows first and the gate second',
} as const;

export type Guard = keyof typeof GUARDS;

/** The guards that are taken away; with none it is the whole protocol. */
export type GuardsOff = { readonly [guard in Guard]?: boolean };

export const isGuard = (name: string): name is Guard => Object.hasOwn(GUARDS, name);

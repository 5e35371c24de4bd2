/** What one answer of an issue door says. `fault`: anything that is neither a claim nor "sold out". */
export interface IssueAnswer {
  outcome: 'CLAIM' | 'SOLD_OUT' | 'FAULT';
  status: number;
  /** NaN where the answer names none: before it is decided by the queue a claim has neither, and a receipt. */
  ticket: number;
  issueNumber: number;
  fault: string | null;
}

interface ClaimBody {
  status?: string;
  ticket?: number | null;
  issueNumber?: number | null;
  receipt?: string;
}

/** 200, 201 and 202 are claims at both doors; 409 SOLD_OUT is the one refusal that a rush expects. */
export function readIssueAnswer(status: number, body: string): IssueAnswer {
  switch (status) {
    case 200:
    case 201:
    case 202:
      return readClaim(status, body);
    case 409:
      if (body.includes('"code":"SOLD_OUT"')) {
        return { outcome: 'SOLD_OUT', status, ticket: Number.NaN, issueNumber: Number.NaN, fault: null };
      }
      return faultAnswer(status, problemOf(status, body));
    default:
      return faultAnswer(status, problemOf(status, body));
  }
}

export function faultAnswer(status: number, fault: string): IssueAnswer {
  return { outcome: 'FAULT', status, ticket: Number.NaN, issueNumber: Number.NaN, fault };
}

function readClaim(status: number, body: string): IssueAnswer {
  let claim: ClaimBody;
  try {
    claim = JSON.parse(body);
  } catch {
    return faultAnswer(status, `${status} with an unreadable body`);
  }
  if (claim.status === 'REJECTED') return faultAnswer(status, `${status} REJECTED`);
  const ticket = claim.ticket ?? Number.NaN;
  const issueNumber = claim.issueNumber ?? Number.NaN;
  if (Number.isNaN(ticket) && Number.isNaN(issueNumber) && !claim.receipt) {
    return faultAnswer(status, `${status} without ticket, issue number and receipt`);
  }
  return { outcome: 'CLAIM', status, ticket, issueNumber, fault: null };
}

/** The stable code of a problem document, in front of its status. */
function problemOf(status: number, body: string): string {
  const code = /"code":"([A-Z_]+)"/.exec(body);
  return code ? `${status} ${code[1]}` : `${status}`;
}

import { Agent, type IncomingMessage, request } from 'node:http';

/** The fields of answers that tests look at; problems and claims together. */
export interface AnswerBody {
  status?: 'PENDING' | 'ISSUED' | 'REJECTED' | 'UNKNOWN' | number;
  code?: string;
  ticket?: number;
  issueNumber?: number;
  reason?: string;
  receipt?: string;
}

export interface Answer {
  /** 0: there was none; `fault` says why. */
  status: number;
  body: AnswerBody;
  retryAfter: string | null;
  fault: string | null;
  elapsedMs: number;
}

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
}

/**
 * The service promises an answer within 5 s. The limit is several times that, because the machine that runs the
 * tests may be slow, and far below "never", which is what it is there to find.
 */
export const ANSWER_MS_MAX = 30_000;

/** Calls one API over kept connections. `urlOf` is asked each time, because a restarted API has another port. */
export class ApiClient {
  private readonly agent: Agent;

  constructor(
    private readonly urlOf: () => string,
    connectionsMax = 64,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /** Never rejects: that there was no answer is an answer too. */
  call({ method, path, headers }: Call): Promise<Answer> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const finish = (answer: Omit<Answer, 'elapsedMs'>) =>
        resolve({ ...answer, elapsedMs: performance.now() - startedAt });
      const fail = (fault: string) => finish({ status: 0, body: {}, retryAfter: null, fault });
      const url = new URL(path, this.urlOf());
      const sent = request(url, { method, headers, agent: this.agent }, (response) => {
        readBody(response).then(
          (body) =>
            finish({
              status: response.statusCode ?? 0,
              body,
              retryAfter: response.headers['retry-after'] ?? null,
              fault: null,
            }),
          (cause: Error) => fail(cause.message),
        );
      });
      sent.setTimeout(ANSWER_MS_MAX, () => sent.destroy(new Error('no answer in time')));
      sent.on('error', (cause: NodeJS.ErrnoException) => fail(cause.code ?? cause.message));
      sent.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function readBody(response: IncomingMessage): Promise<AnswerBody> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text === '' ? {} : (JSON.parse(text) as AnswerBody);
}

import { PROBLEM_CODES } from './problem.js';

/** RFC 9457 problem details, for /openapi.json. */
export const problemSchema = {
  title: 'Problem',
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'correlationId'],
  properties: {
    type: { type: 'string', description: 'The code as a URN; nothing is served there.' },
    title: { type: 'string', description: 'One fixed sentence a code.' },
    status: { type: 'integer' },
    code: { type: 'string', enum: PROBLEM_CODES },
    detail: { type: 'string', description: 'What is wrong with this very request, where more can be said.' },
    correlationId: { type: 'string', description: "Equals the answer's X-Request-Id." },
  },
} as const;

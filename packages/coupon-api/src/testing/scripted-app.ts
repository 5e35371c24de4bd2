import 'reflect-metadata';
import { Startup } from 'coupon-core';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { Callers } from '../caller/callers.js';
import { DevCallers } from '../caller/dev-callers.js';
import { Script, scriptedCore } from './core-in-memory.js';
import { createApp } from './load-app.js';

interface LogLine {
  level: number;
  requestId?: string;
}

/** The whole application above a core that follows a script, called without a socket. */
export class ScriptedApp {
  private constructor(
    readonly script: Script,
    private readonly server: FastifyInstance,
    /** Complete when a test says so. */
    readonly startup: Startup,
    /** From the moment the application was ready. */
    readonly logged: readonly LogLine[],
  ) {}

  static async start(
    callers: Callers = new DevCallers(),
    compatibility = callers.mode === 'dev',
  ): Promise<ScriptedApp> {
    const script = new Script();
    const logged: LogLine[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => logged.push(JSON.parse(line)) });
    const { nest, server } = await createApp({ core: scriptedCore(script), callers, compatibility }, log);
    await server.ready();
    logged.length = 0;
    return new ScriptedApp(script, server, nest.get(Startup), logged);
  }

  /** As user 42, where the headers do not say otherwise. */
  call(
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    more: InjectOptions = {},
  ): Promise<LightMyRequestResponse> {
    return this.server.inject({ method, url, headers: { 'x-user-id': '42' }, ...more });
  }

  async stop(): Promise<void> {
    await this.server.close();
  }
}

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthMode } from '../caller/callers.js';
import { openApiDocument } from './openapi-document.js';

export const DOCUMENT_PATH = '/openapi.json';
export const EXPLORER_PATH = '/docs';

/** Builds the document, once, and serves it with an explorer that loads nothing from elsewhere. */
export function serveDocument(nest: NestFastifyApplication, mode: AuthMode): void {
  const document = openApiDocument(nest, mode);
  const text = JSON.stringify(document);
  nest.getHttpAdapter().get(DOCUMENT_PATH, (_request: FastifyRequest, reply: FastifyReply) => {
    reply.type('application/json; charset=utf-8').send(text);
  });
  SwaggerModule.setup(EXPLORER_PATH, nest, document, {
    raw: false,
    customSiteTitle: document.info.title,
    swaggerOptions: {
      persistAuthorization: true,
      // The badge would be asked of a server of others, which would hear of ours.
      validatorUrl: null,
    },
  });
}

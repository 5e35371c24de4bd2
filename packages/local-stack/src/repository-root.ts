import { fileURLToPath } from 'node:url';

/** The folder of the checkout, found from this file, so that a command works from every current folder. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

import { fileURLToPath } from 'node:url';

// Tests run from the build output, as native ES modules: what is tested is what is shipped.
/** @type {import('jest').Config} */
export default {
  testEnvironment: fileURLToPath(new URL('./jest.environment.cjs', import.meta.url)),
  transform: {},
  testMatch: ['**/dist/**/*.spec.js'],
  testTimeout: 120_000,
  injectGlobals: false,
};

// Tests run from the build output, as native ES modules: what is tested is what is shipped.
/** @type {import('jest').Config} */
export default {
  testEnvironment: '/work/main/jest.environment.cjs',
  transform: {},
  testMatch: ['**/dist/**/*.spec.js'],
  testTimeout: 120_000,
  injectGlobals: false,
};

/**
 * The import rules of ARCHITECTURE.md. A package is a deployable or a wall; the core is cut by use case and
 * its adapters by technology.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const only = (name, pkg, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^packages/${pkg}/` },
  to: { path: '^packages/', pathNot: `^packages/(${[pkg, ...allowed].join('|')})/` },
});
const tests = '\\.(unit|int|e2e)\\.spec\\.ts$|/testing/';
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('local-stack-imports-npm-only', 'local-stack', []),
    only('messaging-imports-npm-only', 'messaging', ['local-stack']),
    only('model-imports-nothing', 'protocol-model', []),
    only('core-imports', 'coupon-core', ['messaging', 'local-stack', 'protocol-model']),
    only('api-imports', 'coupon-api', ['coupon-core', 'local-stack']),
    only('consumer-imports', 'coupon-consumer', ['coupon-core', 'messaging', 'local-stack']),
    only('bench-never-imports-the-core', 'bench', ['local-stack']),
    {
      name: 'model-and-stack-in-tests-only',
      severity: 'error',
      from: { path: '^packages/(messaging|coupon-(core|api|consumer))/src', pathNot: tests },
      to: { path: '^packages/(local-stack|protocol-model)/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'The coupon itself imports nothing.',
      severity: 'error',
      from: { path: '^packages/coupon-core/src/coupon/', pathNot: tests },
      to: { pathNot: '^packages/coupon-core/src/coupon/' },
    },
    {
      name: 'use-cases-know-no-adapter',
      severity: 'error',
      from: { path: '^packages/coupon-core/src/(issuance|catalog|campaign|lifecycle)/', pathNot: tests },
      to: { path: '^packages/coupon-core/src/adapters/' },
    },
    {
      name: 'typeorm-and-drivers-stay-in-their-adapter',
      severity: 'error',
      from: {
        path: '^packages/coupon-(core|api|consumer)/src',
        pathNot: `^packages/coupon-core/src/adapters/|${tests}`,
      },
      to: { path: 'node_modules/(typeorm|mysql2|ioredis|redlock)/' },
    },
    {
      name: 'opentelemetry-stays-in-tracing',
      severity: 'error',
      from: {
        path: '^packages/coupon-(core|api|consumer)/src',
        pathNot: `^packages/coupon-core/src/tracing/|${tests}`,
      },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // Other packages are seen as what they publish, which is their build output.
    doNotFollow: { path: 'node_modules|/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
    moduleSystems: ['es6', 'cjs'],
  },
};

/** Imports go one way: handlers → engine → brokers, ledger → core, with shared below all. docs/architecture.md */
const HANDLERS = ['ingest', 'strategy', 'reconcile', 'admin', 'authorizer', 'activity', 'alerts', 'canary'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.config\\.ts$', '\\.d\\.ts$', '^lib/constructs/no-endpoint-cache\\.ts$'],
      },
      to: {},
    },
    {
      name: 'core-is-pure',
      comment: 'The domain imports itself, Node and the decimal library; nothing else.',
      severity: 'error',
      from: { path: '^functions/core/' },
      to: { pathNot: ['^functions/core/', '^node:', '^(crypto)$', '^node_modules/(@types/)?big\\.js/'] },
    },
    {
      name: 'ledger-and-brokers-rest-on-core',
      severity: 'error',
      from: { path: '^functions/(ledger|brokers)/' },
      to: { path: '^functions/', pathNot: ['^functions/(core|shared)/', '^functions/$1/'] },
    },
    {
      name: 'engine-rests-on-brokers-and-ledger',
      severity: 'error',
      from: { path: '^functions/engine/' },
      to: { path: '^functions/', pathNot: '^functions/(engine|brokers|ledger|core|shared)/' },
    },
    {
      name: 'shared-is-below-all',
      severity: 'error',
      from: { path: '^functions/shared/' },
      to: { path: '^functions/', pathNot: '^functions/(shared|core)/' },
    },
    ...HANDLERS.map((handler) => ({
      name: `${handler}-imports-no-other-handler`,
      severity: 'error',
      from: { path: `^functions/${handler}/` },
      to: { path: `^functions/(${HANDLERS.filter((other) => other !== handler).join('|')})/` },
    })),
    {
      name: 'infrastructure-knows-the-environment-contract-only',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^functions/', pathNot: '^functions/shared/environment\\.ts$' },
    },
    {
      name: 'local-cloud-knows-the-template-only',
      comment: 'It runs what was synthesized; importing constructs would let local and deployed drift.',
      severity: 'error',
      from: { path: '^lib/local/' },
      to: { path: '^lib/', pathNot: '^lib/local/' },
    },
    {
      name: 'functions-import-no-infrastructure',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(lib|bin|test)/' },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { path: '^(bin|lib|functions)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-in-functions',
      severity: 'error',
      from: { path: '^functions/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/local/fixtures' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

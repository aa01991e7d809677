/**
 * Bundles the command into dist/ and the backend application into compose/backend/dist/.
 *
 * dist/cli.js is a launcher which any old Node can parse; the rest is in dist/bundle/, one folder below the package as
 * the modules of source/ are, so that `new URL('../../compose/', import.meta.url)` means the same in both. The bundle is
 * split at every `import()`, so what isn't asked for isn't loaded; nothing is needed from node_modules at run time. What runs in
 * a thread of its own lies beside the rest under its own name, since it is started by its address.
 */
import { chmodSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { build } from 'esbuild';

process.chdir(import.meta.dirname);

/** Packages that cannot be bundled, or that nobody here asks for, with what stands in for each. */
const standIns = {
  // Ink's developer tools, only with DEV=true.
  'react-devtools-core': 'export default {};',
  // Native. docker-modem loads it at once, and uses it only for ssh:// engines.
  ssh2: `exports.Client = class { constructor() { throw new Error('an engine behind ssh:// is not supported: forward its socket with ssh -L and use that as DOCKER_HOST'); } };`,
};

/** dockerode's BuildKit session brings gRPC along (100 ms, 20 MB), and images are built by Compose. */
const noBuildKit = /dockerode\/lib\/(session|buildkit)\.js$/;

const bundling = {
  name: 'bundling',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(standIns).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'stand-in',
    }));
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: standIns[path] }));
    onLoad({ filter: noBuildKit }, () => ({
      contents: `module.exports = () => { throw new Error('BuildKit sessions are not bundled'); };`,
    }));
    onLoad({ filter: /etcd3\/lib\/connection-pool\.js$/ }, ({ path }) => ({
      contents: withoutProtoFiles(readFileSync(path, 'utf8'), path),
    }));
  },
};

/** etcd3 reads its .proto files from beside itself, at every start. Here they are parsed now and come as JSON. */
function withoutProtoFiles(code, path) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is etcd3's code
  const loading = '(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`,';
  if (!code.includes(loading)) throw new Error(`${path} loads its protocol in another way than this build knows`);
  const requireBesideLoader = createRequire(createRequire(path).resolve('@grpc/proto-loader'));
  const { Root } = requireBesideLoader('protobufjs');
  const protocol = new Root().loadSync(`${dirname(path)}/../proto/rpc.proto`, { keepCase: true }).toJSON();
  return code.replace(loading, `(0, proto_loader_1.fromJSON)(${JSON.stringify(protocol)},`);
}

/** What CommonJS packages expect to find in scope. */
const commonJs = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;`;

/** Names are kept so that a stack trace says something; white space isn't, since V8 keeps the source in memory. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: 'none',
  banner: { js: commonJs },
  plugins: [bundling],
  metafile: true,
  logLevel: 'warning',
};

const launcher = `#!/usr/bin/env node
if (Number(process.versions.node.split('.')[0]) >= 22) import('./bundle/cli.js');
else {
  process.stderr.write('paws-top needs Node.js 22 or newer; this is ' + process.version + '\\n');
  process.exitCode = 1;
}
`;

/** The licences of what was bundled ask to go along with it. */
function licences(metafiles) {
  const folders = new Set(
    metafiles.flatMap(({ inputs }) =>
      Object.keys(inputs).flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
    ),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = globSync(`${folder}/{LICEN[SC]E,licen[sc]e}*`)[0];
    return `${name} ${version}: ${license}\n\n${file === undefined ? '' : readFileSync(file, 'utf8').trim()}`;
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

const bundles = [
  build({
    ...common,
    entryPoints: [
      { in: 'source/cli.ts', out: 'cli' },
      { in: 'source/logs/finder-worker.ts', out: 'finder-worker' },
    ],
    outdir: 'dist/bundle',
    splitting: true,
    target: 'node22',
  }),
];
if (existsSync('compose/backend/server.ts')) {
  // Debian's nodejs, which the image has, is 20.
  const outfile = 'compose/backend/dist/server.mjs';
  bundles.push(build({ ...common, entryPoints: ['compose/backend/server.ts'], outfile, target: 'node20' }));
}
// esbuild has printed what is wrong.
const results = await Promise.all(bundles).catch(() => process.exit(1));
const written = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const file of globSync('dist/**/*.js')) if (!written.has(file)) rmSync(file); // a running one keeps what it may still load
writeFileSync('dist/THIRD-PARTY-LICENCES', licences(results.map(({ metafile }) => metafile)));
writeFileSync('dist/cli.js', launcher);
chmodSync('dist/cli.js', 0o755);

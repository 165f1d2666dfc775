#!/usr/bin/env node
// Plays the conformance cases against a server and prints where it differs from the expectations. See README.md.
import { readFileSync, readdirSync, writeFileSync, mkdirSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Hook } from './lib/hook.mjs';
import { CallbackServers } from './lib/callback.mjs';
import { Upstream } from './lib/upstream.mjs';
import { Toolkit } from './lib/toolkit.mjs';
import { ensureCerts } from './lib/certs.mjs';
import { stable, withoutAdvisory } from './lib/normalize.mjs';
import { view } from './lib/view.mjs';
import { differences } from './lib/compare.mjs';

const here = dirname(fileURLToPath(import.meta.url));
/** Ends the run because it cannot begin. */
const fail = (message) => {
  console.error(message);
  process.exit(2);
};
const WITH_VALUE = ['target', 'work', 'profile', 'only', 'record', 'expected', 'raw'];
const FLAGS = ['certs-only', 'all-profiles', 'verbose', 'list', 'strict', 'record-all'];
const options = Object.fromEntries([
  ...WITH_VALUE.map((name) => [name, { type: 'string' }]),
  ...FLAGS.map((name) => [name, { type: 'boolean' }]),
]);
let given = {};
try {
  given = parseArgs({ options }).values;
} catch (e) {
  fail(`${e.message.split('. ')[0]}. README.md lists the options.`);
}
const arg = (n) => given[n];
const flag = (n) => given[n] === true;
const read = (what, file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (e) {
    fail(`${what} cannot be read: ${file} (${e.code ?? e.message}).`);
  }
};

const cases = [];
for (const f of readdirSync(join(here, 'cases'))
  .filter((f) => f.endsWith('.mjs'))
  .sort()) {
  const group = f.replace(/^\d+-|\.mjs$/g, '');
  for (const c of (await import(pathToFileURL(join(here, 'cases', f)).href)).default)
    cases.push({ ...c, id: `${group}/${c.id}` });
}
const ids = new Set();
for (const c of cases) {
  if (ids.has(c.id)) throw new Error(`two cases named ${c.id}`);
  ids.add(c.id);
}

const raw = arg('raw');
const expectedFile = resolve(arg('expected') ?? join(here, 'expected/ours.json'));
const expected = raw
  ? read('The recording', resolve(raw)).cases
  : arg('expected') || existsSync(expectedFile)
    ? read('The file of expectations', expectedFile).cases
    : {};
const only = arg('only');
const profile = arg('profile') ?? 'lab';
const both = flag('all-profiles');
const chosen = cases.filter(
  (c) =>
    (!only || only.split(',').some((p) => c.id.startsWith(p))) &&
    (flag('record-all') || c.id in expected) &&
    (both || (c.profile ?? 'lab') === profile),
);
if (chosen.length === 0) {
  fail(
    `There are no cases for --only ${only ?? '(unset)'} and --profile ${profile}. --list --all-profiles prints all ids.`,
  );
}
if (flag('list')) {
  for (const c of chosen) console.log(`${c.id}\t${c.title}`);
  process.exit(0);
}

if (flag('certs-only')) {
  const w = resolve(arg('work') ?? '.work');
  ensureCerts(w);
  console.log(`certificates in ${w}`);
  process.exit(0);
}
const targetFile = resolve(arg('target') ?? join(here, 'targets/wc-auth-server.example.json'));
const target = read('The target', targetFile);
const work = arg('work') ?? target.work;
if (work) {
  const c = ensureCerts(resolve(work), target.callback.host);
  target.ca ??= c.ca;
  for (const k of ['trusted', 'untrusted', 'wrongName']) target.callback[k] ??= c[k];
}
if (!target.ca) {
  fail('There are no certificates. Add --work DIR; the runner creates them there.');
}
if (target.hook) target.hook.cwd = resolve(dirname(targetFile), target.hook.cwd ?? '.');

const hook = new Hook(target.hook);
const callbacks = new CallbackServers(target.callback);
const upstream = new Upstream(target.upstream);
await callbacks.start();
await upstream.start();
const t = new Toolkit(target, hook, callbacks, upstream);
const stop = async () => {
  t.client.close();
  hook.close();
  await callbacks.stop();
  await upstream.stop();
};
if (hook.present)
  for (const u of ['admin', 'manager', 'shopper'])
    if (target[u].role)
      await hook.call('users.create', target[u]).catch((e) => {
        fail(
          `The hook did not create the user ${target[u].username}: ${e.message}. Check hook.command and hook.cwd in ${targetFile}.`,
        );
      });

const seen = {};
let skipped = 0;
const began = Date.now();
for (const c of chosen) {
  if ((c.needs?.includes('hook') && !hook.present) || (c.only === 'ours' && !target.upstream)) {
    skipped++;
    continue;
  }
  t.begin(c.id);
  const t0 = Date.now();
  try {
    if (hook.present) await hook.call('reset');
    seen[c.id] = stable(await c.run(t));
  } catch (e) {
    seen[c.id] = { failed: t.norm.text(String(e.message ?? e)) };
    if (flag('verbose')) console.error(e);
  }
  if (flag('verbose'))
    console.log(c.id, `${Date.now() - t0}ms`, only ? JSON.stringify(seen[c.id], null, 1) : '');
}
const server = hook.present ? await hook.call('info').catch(() => null) : null;
console.log(
  `${Object.keys(seen).length} cases played in ${Math.round((Date.now() - began) / 1000)} s, ${skipped} skipped (profile ${both ? 'any' : profile})`,
);

const record = arg('record');
if (record) {
  mkdirSync(dirname(resolve(record)), { recursive: true });
  writeFileSync(
    resolve(record),
    JSON.stringify({ target: target.name, server, cases: seen }, null, 1) + '\n',
  );
}

// Failures of the cases in owed.json count only in a strict run (README.md).
const owedFile = join(here, 'owed.json');
const owed = new Set(
  !raw && !flag('strict') && !process.env.CONFORMANCE_STRICT && existsSync(owedFile)
    ? JSON.parse(readFileSync(owedFile, 'utf8'))
    : [],
);
let stillOwed = 0;

// Only a hook can list the store's keys.
const blind = (v) =>
  hook.present || !v || typeof v !== 'object' ? v : (({ keysLeft, described, ...rest }) => rest)(v);
let differ = 0;
const byGroup = {};
for (const [id, s] of Object.entries(seen)) {
  const g = (byGroup[id.split('/')[0]] ??= { alike: 0, different: 0 });
  if (!(id in expected)) continue;
  const d = s.failed
    ? [`: the case could not be played to its end: ${s.failed}`]
    : raw
      ? differences(withoutAdvisory(expected[id]), withoutAdvisory(s))
      : differences(blind(expected[id]), blind(view(id, s)));
  if (d.length && owed.has(id)) {
    stillOwed++;
    continue;
  }
  if (d.length) {
    differ++;
    g.different++;
    console.log(`✗ ${id}  ${cases.find((c) => c.id === id).title}`);
    for (const l of d.slice(0, 12)) console.log(`    ${l}`);
  } else g.alike++;
}
for (const [g, n] of Object.entries(byGroup))
  console.log(
    `${g.padEnd(12)} ${String(n.alike).padStart(4)} alike ${String(n.different).padStart(4)} different`,
  );
if (stillOwed)
  console.log(`${stillOwed} cases of owed.json fail and are not counted; CONFORMANCE_STRICT=1 counts them`);
console.log(`${Object.keys(seen).length - differ - stillOwed} passed, ${differ} failed`);
await stop();
// process.exit() drops output that a pipe has not taken yet.
await new Promise((written) => process.stdout.write('', written));
process.exit(differ ? 1 : 0);

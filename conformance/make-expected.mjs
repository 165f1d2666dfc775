#!/usr/bin/env node
// Builds the expectations from the recording: node make-expected.mjs [RECORDING [OUTPUT]]
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { drops, rules } from './rules.mjs';
import { view } from './lib/view.mjs';
import { stable } from './lib/normalize.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const observedFile = resolve(
  process.argv[2] ??
    join(
      here,
      'observed',
      readdirSync(join(here, 'observed')).find((f) => f.endsWith('.json')),
    ),
);
const out = resolve(process.argv[3] ?? join(here, 'expected/ours.json'));
const { target, cases: observed } = JSON.parse(readFileSync(observedFile, 'utf8'));
const droppedFile = join(dirname(out), 'dropped.json');
const cases = {},
  why = {},
  dropped = {},
  table = {};
const count = (id, what) => {
  const g = (table[id.split('/')[0]] ??= { same: 0, different: 0, dropped: 0, own: 0 });
  g[what]++;
};
for (const [id, o] of Object.entries(observed)) {
  const drop = drops.find(([p]) => p.test(id));
  if (drop) {
    dropped[id] = drop[1];
    count(id, 'dropped');
    continue;
  }
  const before = view(id, o);
  let after = before;
  const applied = rules.filter((r) => r.when.test(id) && (!r.only || r.only(id)));
  for (const r of applied) after = r.then(after, id);
  after = stable(after);
  cases[id] = after;
  if (JSON.stringify(stable(before)) === JSON.stringify(after)) count(id, 'same');
  else {
    count(id, 'different');
    why[id] = applied.map((r) => `${r.section}: ${r.why}`).join('; ');
  }
}
for (const f of readdirSync(join(here, 'cases'))
  .filter((f) => f.endsWith('.mjs'))
  .sort()) {
  const group = f.replace(/^\d+-|\.mjs$/g, '');
  for (const c of (await import(pathToFileURL(join(here, 'cases', f)).href)).default)
    if (c.expect) {
      cases[`${group}/${c.id}`] = stable(c.expect);
      if (c.wc !== 'the same')
        why[`${group}/${c.id}`] = `${c.section}: WooCommerce ${c.wc ?? 'has no counterpart'}`;
      count(`${group}/x`, 'own');
    }
}
// The recording does not contain the dropped cases. dropped.json keeps each id while a drop matches it.
if (existsSync(droppedFile))
  for (const id of Object.keys(JSON.parse(readFileSync(droppedFile, 'utf8')))) {
    const drop = drops.find(([p]) => p.test(id));
    if (drop) dropped[id] ??= drop[1];
  }
writeFileSync(droppedFile, JSON.stringify(dropped, null, 1) + '\n');
writeFileSync(out, JSON.stringify({ from: `${target}; and rules.mjs`, differs: why, cases }, null, 1) + '\n');
const total = { same: 0, different: 0, dropped: 0, own: 0 };
for (const n of Object.values(table)) for (const k of Object.keys(total)) total[k] += n[k];
console.log('group        same as WooCommerce  deliberately different  own  dropped');
for (const [g, n] of [...Object.entries(table), ['all', total]])
  console.log(
    `${g.padEnd(12)} ${String(n.same).padStart(19)} ${String(n.different).padStart(23)} ${String(n.own).padStart(4)} ${String(n.dropped).padStart(8)}`,
  );
console.log(`${Object.keys(dropped).length} cases of the whole corpus are dropped: ${droppedFile}`);

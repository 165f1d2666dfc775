// All vectors of this folder, each with its client, version and key.
import { readFileSync, readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url);
export const vectors = readdirSync(here)
  .filter((f) => f.endsWith('.json'))
  .sort()
  .flatMap((f) => {
    const { client, version, consumerKey, consumerSecret, vectors } = JSON.parse(
      readFileSync(new URL(f, here), 'utf8'),
    );
    return vectors.map((v) => ({ file: f, client, version, consumerKey, consumerSecret, ...v }));
  });

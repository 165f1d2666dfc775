import { readFileSync } from 'node:fs';
import type { Source } from './source';
export function openSource({ from }: { from: string; password?: () => Promise<string | undefined> }): Source {
  return {
    place: from,
    read({ take, wanted }) {
      const tables: string[] = [];
      let table = '';
      let columns: string[] = [];
      let db: string | undefined;
      for (const line of readFileSync(from, 'utf8').split('\n')) {
        let m = /Database: (\w+)/.exec(line);
        if (m) db = m[1];
        if ((m = /^CREATE TABLE `(\w+)`/.exec(line))) {
          table = m[1]!;
          tables.push(table);
          columns = [];
          continue;
        }
        if ((m = /^ {2}`(\w+)`/.exec(line))) {
          columns.push(m[1]!);
          continue;
        }
        if (line.startsWith('(') && wanted(table)) {
          const values: Record<string, string | null> = {};
          const re = /('(?:[^'\\]|\\.)*'|NULL|-?\d+)(?=,|\)[,;]?$)/g;
          let i = 0;
          for (const [v] of line.slice(1).matchAll(re)) {
            values[columns[i++]!] =
              v === 'NULL'
                ? null
                : v.startsWith("'")
                  ? v.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
                  : v;
          }
          take({ table, values });
        }
      }
      return Promise.resolve({ databaseName: db, tables });
    },
  };
}

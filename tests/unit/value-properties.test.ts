/**
 * Object.prototype is only the one of the server without shared modules.
 * @jest-environment node
 */
import { randomBytes } from 'node:crypto';
import { text as textOf } from 'node:stream/consumers';
import express, { type Request, type Response } from 'express';
import fc from '../support/jest/fast-check';
import { ConfigError, readConfig, VARIABLES } from '../../server/config';
import { historyCsv } from '../../server/administration/history-csv';
import { consumerKeyHash, truncatedKey } from '../../server/consumer-keys/consumer-key';
import { grantDescription, parseDescription } from '../../server/consumer-keys/description';
import { sealing } from '../../server/consumer-keys/sealing';
import { shownAppName } from '../../server/grant/shown-app-name';
import { parseStoreUrl } from '../../server/http/store-url';
import { parseAccent, themeStylesheet } from '../../server/pages/theme';
import { parseRevokeBody } from '../../server/revocation/revoke-body';
import { RevokeError } from '../../server/errors/oauth';
import { cookies } from '../../server/session/cookies';
import { formTokens, type FormPurpose } from '../../server/session/form-tokens';
import { personName } from '../../server/users/person-name';

const RUNS = { numRuns: 300 };
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const markup = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '</',
      'script',
      'b',
      ' ',
      '\u202e',
      '\u200b',
      '\0',
      '\n',
      '"',
      '!--',
      'Tea',
      '&lt;',
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

describe('a sealed secret', () => {
  const sealed = sealing(randomBytes(32));
  const seal = (text: string, hash: string) => sealed.seal(text, hash);
  const open = (text: string, hash: string) => sealed.open(text, hash);

  test('opens only for its row, with its text unchanged', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (secret, row, other) => {
        const [text, hash] = [secret.toWellFormed(), consumerKeyHash(row)];
        expect(open(seal(text, hash), hash)).toBe(text);
        if (consumerKeyHash(other) !== hash)
          expect(() => open(seal(text, hash), consumerKeyHash(other))).toThrow();
      }),
      RUNS,
    );
  });

  test('does not open after any change', () => {
    const hash = consumerKeyHash('ck_x');
    const untouched = seal('cs_0123456789', hash);
    fc.assert(
      fc.property(fc.nat(untouched.length - 1), fc.constantFrom(...Array.from('Aa0_-.=')), (at, letter) => {
        const changed = untouched.slice(0, at) + letter + untouched.slice(at + 1);
        // The last letters of base64 contain bits without meaning.
        const bits = (text: string) =>
          text
            .split('.')
            .map((part) => Buffer.from(part, 'base64url').toString('hex'))
            .join('.');
        fc.pre(bits(changed) !== bits(untouched));
        expect(() => open(changed, hash)).toThrow();
      }),
      RUNS,
    );
  });

  test('does not open from any other text, and the error does not contain the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(() => open(text, 'hash')).toThrow();
        expect(() => open(`v1.x.${text}.${text}`, 'hash')).toThrow();
      }),
      RUNS,
    );
  });
});

test('the token of a form matches only its purpose and its browser', () => {
  const tokens = formTokens(randomBytes(32));
  const { token } = tokens;
  const matches = (purpose: FormPurpose, browser: string, given: string | undefined) =>
    tokens.matches(purpose, browser, given);
  const purpose = fc.constantFrom<FormPurpose>('sign-in', 'log-out', 'console', 'once');
  fc.assert(
    fc.property(purpose, purpose, anyText, anyText, anyText, (one, other, browser, another, text) => {
      expect(matches(one, browser, token(one, browser))).toBe(true);
      if (one !== other) expect(matches(one, browser, token(other, browser))).toBe(false);
      if (browser.toWellFormed() !== another.toWellFormed())
        expect(matches(one, browser, token(one, another))).toBe(false);
      expect([matches(one, browser, text), matches(one, browser, undefined)]).toEqual([false, false]);
    }),
    RUNS,
  );
});

test('any Cookie header is parsed, and the cookie that was set is found among others', () => {
  const jar = cookies({
    storeUrl: parseStoreUrl('https://shop.example')!,
    visitorOf: () => ({ address: '', secure: true, host: undefined, behindProxy: false }),
  });
  const piece = fc.oneof(
    fc.constantFrom(';', '; ', '=', '%', '%zz', '"', '__Host-wc_auth_session', '__proto__', 'a=b'),
    anyText,
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019_-')), minLength: 1 }),
      (parts, value) => {
        const read = (cookie: string) => jar.read({ headers: { cookie } } as unknown as Request, 'session');
        expect(['string', 'undefined']).toContain(typeof read(parts.join('')));
        let set = '';
        jar.write(
          {} as unknown as Request,
          { cookie: (name: string, given: string) => (set = `${name}=${given}`) } as unknown as Response,
          'session',
          value,
        );
        expect(read(`first=${encodeURIComponent(parts.join('').toWellFormed())}; ${set}; last=1`)).toBe(
          value,
        );
      },
    ),
    RUNS,
  );
});

test('a consumer key of any bytes has a hash and a last part of seven characters', () => {
  fc.assert(
    fc.property(anyText, (key) => {
      expect(consumerKeyHash(key)).toMatch(/^[0-9a-f]{64}$/);
      expect(truncatedKey(key).length).toBeLessThanOrEqual(7);
    }),
    RUNS,
  );
});

test('a text in the history is one CSV cell that no spreadsheet runs as a formula', async () => {
  const cell = fc.oneof(
    anyText,
    fc
      .array(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', 'cmd|x'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        cell.map((text) => text.toWellFormed()),
        { minLength: 1, maxLength: 5 },
      ),
      async (names) => {
        const csv = historyCsv({ forSpreadsheet: false });
        for (const name of names)
          csv.write({
            time: 't',
            event: 'e',
            who: 'w',
            address: 'a',
            key_id: '1',
            app_name: name,
            callback_origin: 'o',
            detail: '{}',
          });
        csv.end();
        const lines = (await textOf(csv)).split('"o","{}"\r\n');
        expect(lines.length).toBe(names.length + 1);
        for (const [index, name] of names.entries()) {
          const line = lines[index]!.slice(lines[index]!.indexOf('"t","e"'));
          const written = /^"t","e","w","a","1",(?:"((?:[^"]|"")*)")?,$/.exec(line)?.[1] ?? '';
          const back = written.replaceAll('""', '"');
          expect([name, `'${name}`]).toContain(back);
          expect(back).not.toMatch(/^[=+\-@\t\r]/);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('visible names and descriptions have no control or bidi characters, and a limited length', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, markup), (text) => {
      for (const shown of [shownAppName(text), personName(text), parseDescription(text) ?? ''])
        expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(Array.from(grantDescription(shownAppName(text), 0)).length).toBeLessThanOrEqual(200);
      expect(Array.from(parseDescription(text) ?? '').length).toBeLessThanOrEqual(200);
    }),
    RUNS,
  );
});

test('invisible characters anywhere do not change the name of an app', () => {
  const unseen = fc.constantFrom(
    ...Array.from('\u00ad\u034f\u115f\u180e\u200b\u2800\u3164\ufe0f\uffa0\ufffa\u{e0041}'),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), unseen), { maxLength: 6 }),
      (pieces) => {
        const [plain, padded] = [pieces.map(([text]) => text), pieces.flat()].map((all) => all.join(''));
        expect(shownAppName(padded ?? '')).toBe(shownAppName(plain ?? ''));
        expect(shownAppName(padded ?? '')).not.toMatch(
          /(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800]/u,
        );
      },
    ),
    RUNS,
  );
});

test('any STORE_ACCENT is a color or rejected, and the stylesheet contains only colors', () => {
  const color = fc.oneof(
    anyText,
    fc
      .constantFrom('red', 'rgb(', 'oklch(', '#', 'var(--x)', 'url(x)', '1', '%', ',', ')', ';}')
      .map((part) => part.repeat(2)),
    fc.stringMatching(/^#[0-9a-f]{6}$/),
  );
  fc.assert(
    fc.property(color, (text) => {
      const accent = parseAccent(text);
      if (accent !== undefined)
        expect(themeStylesheet(accent)).toMatch(
          /^(?:@media \(prefers-color-scheme:dark\)|:root|--[\w-]+|#[0-9a-f]{6}|[{}:;\n])+$/,
        );
    }),
    RUNS,
  );
});

test('any environment is a configuration or a list of its mistakes', () => {
  const value = fc.oneof(
    anyText.map((text) => text.replaceAll('\0', '')),
    fc.constantFrom(
      '0',
      '-1',
      '1e9',
      'true',
      'https://shop.example',
      '127.0.0.1/8',
      'sqlite:x',
      'x'.repeat(40),
    ),
  );
  const names = VARIABLES.filter((name) => !name.endsWith('_FILE') && name !== 'STORE_LOGO');
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (env) => {
      try {
        expect(readConfig(env).storeUrl.href).toMatch(/^https?:\/\//);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(
          (error as ConfigError).problems.every((problem) => /^[A-Z_]+(?:, [A-Z_]+)*: ./s.test(problem)),
        ).toBe(true);
      }
    }),
    RUNS,
  );
});

test('any body of a revocation is parsed into strings, or rejected with 400 or 415', () => {
  const field = fc.constantFrom('token', 'hint', 'client_id', 'key_id', '_wpnonce', '__proto__', 'x');
  const body = fc.oneof(
    anyText,
    fc.json(),
    fc.dictionary(field, fc.jsonValue()).map((members) => JSON.stringify(members)),
    fc
      .array(fc.tuple(field, anyText), { maxLength: 5 })
      .map((pairs) =>
        pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
      ),
  );
  const type = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', '');
  fc.assert(
    fc.property(body, type, (sent, contentType) => {
      const bytes = Buffer.from(sent);
      const headers = { 'content-type': contentType, 'content-length': String(bytes.length) };
      const request = Object.assign(Object.create(express.request) as Request, { headers, body: bytes });
      try {
        const { fields } = parseRevokeBody(request);
        expect(Object.values(fields).every((each) => typeof each === 'string')).toBe(true);
        expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
      } catch (error) {
        expect(error).toBeInstanceOf(RevokeError);
        expect([400, 415]).toContain((error as RevokeError).status);
      }
    }),
    RUNS,
  );
});

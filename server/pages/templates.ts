import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { hostInBothForms } from '../http/shown-host';
import type { Messages } from './messages';
import { relativeTime } from './relative-time';

/** The store's name, URL and logo, as every page shows them. */
export interface StoreLook {
  readonly name: string;
  /** STORE_URL. Every link starts with its path, and every page shows its host. */
  readonly url: string;
  /** An https or `data:` URL that the Content-Security-Policy allows. Default: a monogram. */
  readonly logo?: string;
}

export interface TemplateDependencies {
  readonly store: StoreLook;
  readonly messages: Messages;
  readonly viewsDir: string;
  /** Part of every asset's URL, from `assetsVersion`. */
  readonly assetsVersion: string;
  readonly now?: () => number;
}

/** `2026-01-31 09:05 UTC` */
const shownTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `2026-01-31 09:05:12 UTC`, precise enough to find the time in a log. */
const exactTime = (time: Date): string => `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const graphemes = new Intl.Segmenter();

/** Returns the letter that is shown for a store or an app without a picture. */
const monogram = (name: string): string =>
  [...graphemes.segment(name.trim())][0]?.segment.toLocaleUpperCase() ?? '?';

/** Escapes as EJS does, and also CR, because an HTML parser reads a bare CR as LF. */
const escape = (value: unknown): string => ejs.escapeXML(value).replaceAll('\r', '&#13;');

/**
 * Returns a function that compiles a template of `viewsDir`. A template gets one object, `it`, with
 * the view model as `it.page`, the store, the texts, and the helpers below. It escapes everything
 * that it prints.
 */
export function templates({
  store,
  messages,
  viewsDir,
  assetsVersion: version,
  now = Date.now,
}: TemplateDependencies) {
  const { pathname, protocol } = new URL(store.url);
  const base = pathname.replace(/\/+$/, '');
  let ago: ReturnType<typeof relativeTime> | undefined;
  const shared = {
    t: messages,
    store: { ...store, host: hostInBothForms(store.url), isSecure: protocol === 'https:' },
    base,
    asset: (file: string): string => `${base}/wc-auth/assets/${file}?v=${encodeURIComponent(version)}`,
    shownTime,
    exactTime,
    ago: (time: Date): string => (ago ??= relativeTime(messages.locale))(time.getTime(), now()),
    monogram,
  };
  return <Page extends object>(name: string): ((page: Page) => string) => {
    const filename = join(viewsDir, `${name}.ejs`);
    const compile = () =>
      ejs.compile(readFileSync(filename, 'utf8'), {
        filename,
        cache: true,
        escape,
        _with: false,
        localsName: 'it',
      });
    // On first use: compiling all of them takes a tenth of the server's start.
    let render: ReturnType<typeof compile> | undefined;
    return (page) => (render ??= compile())({ ...shared, page });
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { Messages } from './messages';
import { relativeTime } from './relative-time';

/** How the store looks and where it is; the same on every page. */
export interface StoreLook {
  readonly name: string;
  /** STORE_URL. Its path is put before every link, its host is shown below every page. */
  readonly url: string;
  /**
   * Address of a picture, https or `data:`; the Content-Security-Policy must allow it. Without one,
   * a monogram is drawn.
   */
  readonly logo?: string;
}

export interface TemplateDependencies {
  readonly store: StoreLook;
  readonly messages: Messages;
  readonly viewsDir: string;
  /** Goes into every asset's address; from `assetsVersion`. */
  readonly assetsVersion: string;
  readonly now?: () => number;
}

/** `2026-01-31 09:05 UTC` */
const shownTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** To the second, for whoever compares it with a log. */
const exactTime = (time: Date): string => `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const graphemes = new Intl.Segmenter();

/** The letter that stands for a store or an app without a picture. */
const monogram = (name: string): string =>
  [...graphemes.segment(name.trim())][0]?.segment.toLocaleUpperCase() ?? '?';

/** EJS's escaping, and CR too: an HTML parser reads a bare one as LF. */
const escape = (value: unknown): string => ejs.escapeXML(value).replaceAll('\r', '&#13;');

/**
 * Compiles templates of `viewsDir`. They see one object, `it`: the view model as `it.page` beside
 * the store, the texts and the few helpers below, and escape whatever they print.
 */
export function templates({
  store,
  messages,
  viewsDir,
  assetsVersion: version,
  now = Date.now,
}: TemplateDependencies) {
  const { host, pathname } = new URL(store.url);
  const base = pathname.replace(/\/+$/, '');
  let ago: ReturnType<typeof relativeTime> | undefined;
  const shared = {
    t: messages,
    store: { ...store, host },
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

import { readFileSync } from 'node:fs';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

export const PHONE = { width: 360, height: 740 } as const;
export const DESKTOP = { width: 1280, height: 900 } as const;

/** A person with a new browser. */
export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The browser's own messages about its Content-Security-Policy, and about scripts that threw. */
  readonly complaints: readonly string[];
  leave(): Promise<void>;
}

export interface RealBrowser {
  person(options?: BrowserContextOptions): Promise<Person>;
  close(): Promise<void>;
}

const WAIT_MS = 30_000;

/** A real Chromium. CHROMIUM_PATH names it. `switches` are added to its command line. */
export async function openBrowser(switches: readonly string[] = []): Promise<RealBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...switches,
    ],
  });
  return {
    async person(options = {}) {
      const context = await browser.newContext({ viewport: DESKTOP, ...options });
      context.setDefaultTimeout(WAIT_MS);
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (/content.security.policy/i.test(message.text())) complaints.push(message.text());
      });
      context.on('weberror', (error) => complaints.push(error.error().message));
      const page = await context.newPage();
      return { context, page, complaints, leave: () => context.close() };
    },
    close: () => browser.close(),
  };
}

/** Returns what axe finds on the open page, one line each. Needs a context with `bypassCSP`. */
export async function axeFindings(page: Page): Promise<string[]> {
  // As slow as a run of axe, so once for each page.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axeSource);
  return page.evaluate(async () => {
    interface Finding {
      id: string;
      help: string;
      nodes: { html: string; failureSummary?: string }[];
    }
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Finding[] }> };
    };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    );
  });
}

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Returns by how many pixels the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

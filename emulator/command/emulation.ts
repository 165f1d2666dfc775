import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EmulateOptions } from '../../server/cli/emulate-options';
import { accountsOf } from '../accounts';
import { useCertificates } from '../certificates';
import { isPem } from '../check-options';
import { EmulatorError } from '../errors';
import { seedFile } from '../seed-file';
import { expectTests, openStoreForCommand } from '../start-store';
import type { Store, StoreOptions } from '../store';
import { autoApprove } from './auto-approve';
import { controlApi } from './control-api';
import { controlRoutes } from './control-routes';
import { controlledCallbacks, type ControlledCallbacks } from './controlled-callbacks';
import { grantEvent } from './grant-event';
import { keptCertificates, type KeptCertificates } from './kept-certificates';
import type { Report, Started } from './report';
import { trustCommand } from './trust-command';

/** A store that the command started. */
export interface Emulation {
  readonly store: Store;
  readonly token: string;
  /** Stops the store, and removes its temporary files. */
  readonly close: () => Promise<void>;
}

type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Starts the store of `wc-auth emulate`, with its control API, and reports what happens there.
 * @throws EmulatorError if an option, a file or the port cannot be used
 */
export async function startEmulation(options: EmulateOptions, report: Report): Promise<Emulation> {
  expectTests();
  const seed = options.seed === undefined ? {} : seedFile().readSeed(options.seed);
  const users = accountsOf(seed.users);
  const name = options.name ?? seed.name ?? 'Test store';
  const trust = (options.trust ?? []).map(certificatesIn);
  const kept = keep(options);
  let intercept: Intercept = () => false;
  const opened = await openStore(options, {
    name,
    users,
    trust,
    ...(seed.data ? { data: seed.data } : {}),
    report,
    intercept: (request, response) => intercept(request, response),
  });
  const callbacks = controlledCallbacks(opened);
  const caFile = temporaryCa(options, opened);
  const close = once(async () => {
    await callbacks.closeAll();
    await opened.close();
    caFile.remove();
  });
  try {
    opened.fail(options.fail ?? {});
    const token = randomBytes(24).toString('base64url');
    intercept = interception(options, { store: opened, name, users, callbacks, token, report });
    const key = await opened.createKey({ permissions: 'read_write', description: 'Ready key' });
    const trusted = trustOf(options, kept, caFile.path);
    report.started({ url: opened.url, name, users, key, token, ...(trusted ? { trust: trusted } : {}) });
    return { store: opened, token, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenOptions extends StoreOptions {
  readonly report: Report;
  readonly intercept: Intercept;
}

async function openStore(
  options: EmulateOptions,
  { report, intercept, ...store }: OpenOptions,
): Promise<Store> {
  const open = () =>
    openStoreForCommand(
      {
        ...store,
        port: options.port,
        scheme: options.http ? 'http' : 'https',
        strict: options.strict ?? false,
      },
      {
        intercept,
        noteEvent(event) {
          const grant = grantEvent(event);
          if (grant && !options.quiet) report.grant(grant);
        },
        noteRequest: (request) => options.quiet || report.request(request),
        noteWarning: (warning) => options.quiet || report.warning(warning),
      },
    );
  try {
    return await (options.seed === undefined ? open() : seedFile().withSeedLines(options.seed, open));
  } catch (error) {
    // The test kit names its option. A person at a terminal looks for that of the command.
    if (error instanceof EmulatorError && /^Port \d+ of localhost is already in use/.test(error.message))
      throw new EmulatorError(
        `Port ${options.port} of localhost is already in use. Stop the process that uses it, or set another port with --port. --port 0 takes any free port.`,
      );
    throw error;
  }
}

interface Parts {
  readonly store: Store;
  readonly name: string;
  readonly users: ReturnType<typeof accountsOf>;
  readonly callbacks: ControlledCallbacks;
  readonly token: string;
  readonly report: Report;
}

/** Returns what answers before the store: the control API, and `--auto-approve`. */
function interception(options: EmulateOptions, { store, token, report, ...parts }: Parts): Intercept {
  const routes = controlRoutes({
    ...parts,
    store,
    strict: options.strict ?? false,
    firstFaults: options.fail ?? {},
  });
  const control = controlApi({ token, routes });
  if (!options.autoApprove) return control;
  const { allow = [] } = options;
  const approve = autoApprove({ store, allow, note: report.note });
  return (request, response) => control(request, response) || approve(request, response);
}

/** Uses the certificates of `--certificates`. Returns `undefined` if they are for this run only. */
function keep({ http, certificates: folder }: EmulateOptions): KeptCertificates | undefined {
  if (http || folder === undefined) return undefined;
  const kept = keptCertificates(resolve(folder), Date.now());
  useCertificates(kept.certificates);
  return kept;
}

/** Writes the authority into a temporary file, unless a folder keeps it. Programs trust it by its path. */
function temporaryCa({ http, certificates }: EmulateOptions, { ca }: Pick<Store, 'ca'>) {
  if (http || certificates !== undefined) return { path: undefined, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-emulator-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const path = join(folder, 'ca.pem');
  writeFileSync(path, ca);
  return {
    path,
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

function trustOf(
  { http }: EmulateOptions,
  kept: KeptCertificates | undefined,
  temporary: string | undefined,
): Started['trust'] {
  const caFile = kept?.caFile ?? temporary;
  if (http || caFile === undefined) return undefined;
  return {
    caFile,
    command: trustCommand(caFile, process.platform, existsSync),
    state: kept?.state ?? 'temporary',
  };
}

function certificatesIn(file: string): string {
  const text = contentOf(file);
  if (isPem(text)) return text;
  throw new EmulatorError(`The file ${file} of --trust must contain certificates in PEM.`);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new EmulatorError(`The file ${file} of --trust cannot be read (${code}).`);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

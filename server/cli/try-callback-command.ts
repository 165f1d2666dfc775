import { lookup } from 'node:dns';
import { Command } from 'commander';
import { callbackAddressRules } from '../callback-delivery/address-rules';
import { callbackDelivery } from '../callback-delivery/deliver';
import { describeFailure, describeFix } from '../callback-delivery/describe-failure';
import { callbackTrial, failureIn, type CallbackStep } from '../callback-delivery/try-callback';
import { loadLanguages } from '../pages/languages';
import type { Messages } from '../pages/messages';
import { commandConfig, print } from './store-command';

interface Options {
  readonly send?: boolean;
  readonly json?: boolean;
}

/** One line of the report. */
interface Line {
  readonly step: CallbackStep['step'];
  readonly ok: boolean;
  readonly detail: string;
  /** What to change, if the step failed. */
  readonly fix?: string;
}

const TITLES: Readonly<Record<CallbackStep['step'], string>> = {
  url: 'URL',
  address: 'Address',
  connection: 'Connection',
  certificate: 'Certificate',
  answer: 'Answer',
};

/** Returns the command `wc-auth try-callback URL`. */
export function tryCallbackCommand(): Command {
  return new Command('try-callback')
    .argument('<url>', 'the callback_url of an app')
    .description('check step by step whether a grant could deliver a key to a callback URL')
    .option('--send', 'also post a test body with a key that does not exist')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Exit code 0: a grant would succeed so far. 1: it would fail; the report says why and how to fix it.
With --send, 401 and 403 count as success, because an app that checks its key rejects the test key.

Examples:
  wc-auth try-callback https://app.example/wc/callback
  wc-auth try-callback https://localhost:8443/callback --send`,
    )
    .action(tryCallback);
}

async function tryCallback(value: string, options: Options): Promise<void> {
  const { callback, storeUrl } = commandConfig();
  const { allowHosts, timeoutMs, userAgent } = callback;
  const rules = callbackAddressRules({ allowHosts, storeUrl, lookup });
  const { deliver } = callbackDelivery({ rules, userAgent, storeUrl, timeoutMs });
  const trial = callbackTrial({ rules, deliver, lookup, timeoutMs });
  const messages = loadLanguages().standard;
  const steps = await trial(value, options.send === true);
  const [first] = steps;
  const url = (first?.step === 'url' ? first.url : undefined) ?? value;
  const lines = steps.map((step) => lineOf(messages, step, url));
  const ok = lines.every((line) => line.ok);
  const end = steps.some(rejectsTestKey) ? REJECTED : closing(ok, options);
  print(options, { url: value, ok, steps: lines }, ...lines.map(shown), '', ...end);
  if (!ok) process.exitCode = 1;
}

const shown = ({ step, ok, detail, fix }: Line): string =>
  `${ok ? 'ok    ' : 'FAILED'}  ${TITLES[step].padEnd(11)}  ${detail}${fix === undefined ? '' : `\n        ${''.padEnd(11)}  ${fix}`}`;

function closing(ok: boolean, { send }: Options): string[] {
  if (!ok) return ['A grant would fail here. No key was made.'];
  return send === true
    ? ['A grant would deliver its key. The test key does not exist.']
    : ['Nothing was posted. Add --send to post a test body, and see how the app answers.'];
}

const REJECTED = [
  'This is expected of an app that checks its key: the test key does not exist.',
  'If your app does not check keys, something else rejects the POST, and a grant would fail. Look for a',
  'sign-in, a form token or a firewall at this URL.',
];

/** Whether the app answered as an app does that checks its key at the store. */
const rejectsTestKey = (step: CallbackStep): boolean =>
  step.step === 'answer' &&
  step.failure?.kind === 'status' &&
  (step.failure.status === 401 || step.failure.status === 403);

/** `value`: the URL as parsed, or as given if it is not valid. */
function lineOf(messages: Messages, step: CallbackStep, value: string): Line {
  const { step: name } = step;
  if (step.step === 'url' && step.problem !== undefined)
    return {
      step: name,
      ok: false,
      detail: `${value} is not ${step.problem === 'not-https' ? 'an https:// address' : 'a valid URL'}.`,
      fix: 'Use https://HOST/PATH, without a user name.',
    };
  const failure = failureIn(step);
  if (failure === undefined || rejectsTestKey(step))
    return { step: name, ok: true, detail: detailOf(step, value) };
  return {
    step: name,
    ok: false,
    detail: describeFailure(messages, failure),
    fix: describeFix(messages, failure, value),
  };
}

function detailOf(step: CallbackStep, value: string): string {
  switch (step.step) {
    case 'url':
      return value;
    case 'address':
      return step.addresses.join(', ');
    case 'connection':
      return `opened in ${step.ms} ms`;
    case 'certificate':
      return `valid until ${step.validUntil?.toISOString().slice(0, 10) ?? 'an unknown date'}`;
    case 'answer':
      return step.failure?.kind === 'status'
        ? `status ${step.failure.status} to the test key, after ${step.ms} ms`
        : `status 200 after ${step.ms} ms`;
  }
}

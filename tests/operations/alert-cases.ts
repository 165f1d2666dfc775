/** A case of a unit test of an alert: series by name, with one value a minute. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: boolean;
  readonly when: string;
  readonly series: Readonly<Record<string, string>>;
  /** When the alert is looked at. */
  readonly at: string;
}

const ONE = 'job="wc-auth-server", instance="a"';
const named = (name: string, labels = '') => `${name}{${ONE}${labels === '' ? '' : `, ${labels}`}}`;
const verified = (outcome: string, credential = 'plain') =>
  named('wc_auth_verifications_total', `outcome="${outcome}", credential="${credential}"`);
const granted = (outcome: string) => named('wc_auth_grants_total', `outcome="${outcome}"`);
const signedIn = (outcome: string) => named('wc_auth_sign_ins_total', `outcome="${outcome}"`);
const build = (instance: string, version: string) =>
  `wc_auth_build_info{job="wc-auth-server", instance="${instance}", version="${version}"}`;
const callbacks = (within10: string, all: string) => ({
  [named('wc_auth_callback_seconds_bucket', 'le="10"')]: within10,
  [named('wc_auth_callback_seconds_bucket', 'le="30"')]: all,
  [named('wc_auth_callback_seconds_bucket', 'le="+Inf"')]: all,
});

type Case = readonly [alert: string, fires: boolean, when: string, at: string, series: AlertCase['series']];
const cases: readonly Case[] = [
  ['WcAuthDown', true, 'a process is gone for 2 minutes', '6m', { [named('up')]: '1 1 1 0x5' }],
  ['WcAuthDown', false, 'one scrape failed', '6m', { [named('up')]: '1 1 0 1x5' }],
  ['WcAuthNotReady', true, 'it lasts', '6m', { [named('wc_auth_ready')]: '1 1 1 0x5' }],
  ['WcAuthNotReady', false, 'it was a moment', '6m', { [named('wc_auth_ready')]: '1 1 0 1x5' }],
  ['WcAuthVerificationsFail', true, 'one call failed', '5m', { [verified('failed')]: '0 0 0 1 1 1' }],
  [
    'WcAuthVerificationsFail',
    false,
    'calls are rejected',
    '5m',
    { [verified('failed')]: '0x9', [verified('refused')]: '0+99x9' },
  ],
  [
    'WcAuthManyRejections',
    true,
    'most of many calls are rejected',
    '40m',
    { [verified('refused')]: '0+90x60', [verified('accepted')]: '0+10x60' },
  ],
  [
    'WcAuthManyRejections',
    false,
    'there are few calls',
    '40m',
    { [verified('refused')]: '0+9x60', [verified('accepted')]: '0+1x60' },
  ],
  [
    'WcAuthManyRejections',
    false,
    'most calls are accepted',
    '40m',
    { [verified('refused')]: '0+90x60', [verified('accepted')]: '0+100x60' },
  ],
  [
    'WcAuthManyRejections',
    false,
    'the rejected calls have no key',
    '40m',
    {
      [verified('refused', 'none')]: '0+90x60',
      [verified('accepted')]: '0+10x60',
      [verified('refused')]: '0x60',
    },
  ],
  [
    'WcAuthDeliveriesFail',
    true,
    'most deliveries fail',
    '20m',
    { [granted('delivery_failed')]: '0+1x20', [granted('approved')]: '0x20' },
  ],
  [
    'WcAuthDeliveriesFail',
    false,
    'one delivery failed',
    '20m',
    { [granted('delivery_failed')]: '0 1x20', [granted('approved')]: '0x21' },
  ],
  [
    'WcAuthDeliveriesFail',
    false,
    'most deliveries succeed',
    '20m',
    { [granted('delivery_failed')]: '0+1x20', [granted('approved')]: '0+2x20' },
  ],
  ['WcAuthCallbacksSlow', true, 'half of them take over 10 seconds', '40m', callbacks('0+1x60', '0+2x60')],
  ['WcAuthCallbacksSlow', false, 'almost all are faster', '40m', callbacks('0+99x60', '0+100x60')],
  [
    'WcAuthPasswordGuessing',
    true,
    'many sign-ins fail',
    '20m',
    { [signedIn('wrong')]: '0+5x20', [signedIn('throttled')]: '0+5x20' },
  ],
  [
    'WcAuthPasswordGuessing',
    false,
    'some sign-ins fail',
    '20m',
    { [signedIn('wrong')]: '0+1x20', [signedIn('signed_in')]: '0+50x20' },
  ],
  ['WcAuthEventLoopSlow', true, 'it lasts', '10m', { [named('nodejs_eventloop_lag_p99_seconds')]: '0.2x10' }],
  [
    'WcAuthEventLoopSlow',
    false,
    'it was a moment',
    '10m',
    { [named('nodejs_eventloop_lag_p99_seconds')]: '0.2 0.02x10' },
  ],
  [
    'WcAuthRestarts',
    true,
    'there were three starts',
    '9m',
    { [named('process_start_time_seconds')]: '1 1 2 2 3 3 4x9' },
  ],
  [
    'WcAuthRestarts',
    false,
    'there was one start',
    '9m',
    { [named('process_start_time_seconds')]: '1 1 2x9' },
  ],
  [
    'WcAuthFilesRunOut',
    true,
    'nine of ten are open',
    '10m',
    { [named('process_open_fds')]: '90x10', [named('process_max_fds')]: '100x10' },
  ],
  [
    'WcAuthFilesRunOut',
    false,
    'half of them are open',
    '10m',
    { [named('process_open_fds')]: '50x10', [named('process_max_fds')]: '100x10' },
  ],
  ['WcAuthVersionsDiffer', true, 'it lasts', '70m', { [build('a', '1')]: '1x80', [build('b', '2')]: '1x80' }],
  [
    'WcAuthVersionsDiffer',
    false,
    'an upgrade is in progress',
    '30m',
    { [build('a', '1')]: '1x80', [build('b', '2')]: '1x80' },
  ],
];

export const ALERT_CASES: readonly AlertCase[] = cases.map(([alert, fires, when, at, series]) => ({
  alert,
  fires,
  when,
  series,
  at,
}));

/**
 * Every character besides letters, digits and hyphens that a header's name may contain (RFC 9110
 * section 5.6.2).
 */
const ODD_CHARACTERS = Array.from("!#$%&'*+.^_`|~");

export const IDENTITY_NAMES = ['X-WC-Key-Id', 'X-WC-User-Id', 'X-WC-Permissions', 'X-WC-App-User-Id'];

/**
 * Names that an API could trust as set by the proxy or by wc-auth-server. The gateway removes them
 * all.
 */
export const FORGED_NAMES = [
  ...IDENTITY_NAMES,
  ...IDENTITY_NAMES.map((name) => name.toLowerCase()),
  ...ODD_CHARACTERS.flatMap((odd) => IDENTITY_NAMES.map((name) => name.replaceAll('-', odd))),
  ...ODD_CHARACTERS.flatMap((odd) => [`X-WC-Key${odd}Id`, `Shop${odd}Id`, `${odd}Shop`]),
  ...['X-WC-Uri', 'X-WC-Query', 'X-WC-Refusal', 'X-WC-Admin', 'X-WC-Later', 'x-wc-', 'X-WC-1'],
  ...['Forwarded', 'X-Real-IP', 'X-Forwarded-Prefix', 'X-Forwarded-Uri', 'X-Forwarded-Method'],
  ...['X-Forwarded-Server', 'X-Forwarded-Port', 'X-Forwarded-Scheme', 'X-Forwarded-User'],
  ...['X-Forwarded-Ssl', 'X-Forwarded-Email', 'X-Forwarded-Path', 'X-Forwarded-Tls-Client-Cert'],
  ...['X-Original-Method', 'X-Original-URI', 'X-Original-URL', 'X-Original-Host', 'X-Original-For'],
  ...['X-Rewrite-URL', 'X-Rewrite-Uri'],
];

/**
 * Headers besides `Connection` that are for the next server only (RFC 9110 section 7.6.1, RFC 7540
 * section 3.2.1).
 */
export const HOP_BY_HOP_NAMES = [
  ...['upgrade', 'http2-settings', 'keep-alive', 'te', 'trailer'],
  ...['proxy-connection', 'proxy-authorization', 'proxy-authenticate'],
];

import type { ApiRequest, Faults, Granted, Key, Warning } from '../store';
import type { GrantEvent } from './grant-event';

// The shapes of --json and of the control API. Names are in snake case, as on the wire and in the
// output of the other commands.

export const keyJson = ({ keyId, consumerKey, consumerSecret, permissions }: Key) => ({
  key_id: keyId,
  consumer_key: consumerKey,
  consumer_secret: consumerSecret,
  permissions,
});

export const listedKeyJson = ({ keyId, consumerKey, permissions }: Omit<Key, 'consumerSecret'>) => ({
  key_id: keyId,
  consumer_key: consumerKey,
  permissions,
});

export const warningJson = ({ code, severity, parameter, message, help }: Warning) => ({
  code,
  severity,
  ...(parameter === undefined ? {} : { parameter }),
  message,
  help,
});

export const requestJson = ({ method, path, query, keyId, status, at }: ApiRequest) => ({
  method,
  path,
  query,
  ...(keyId === undefined ? {} : { key_id: keyId }),
  status,
  at,
});

export const grantJson = ({ app, outcome, callbackOrigin, keyId, permissions, reason }: GrantEvent) => ({
  app,
  outcome,
  callback_origin: callbackOrigin,
  ...(keyId === undefined ? {} : { key_id: keyId }),
  ...(permissions === undefined ? {} : { permissions }),
  ...(reason === undefined ? {} : { reason }),
});

export const grantedJson = ({ returnedTo, callback, key, warnings }: Granted) => ({
  returned_to: returnedTo,
  callback,
  key: keyJson(key),
  warnings: warnings.map(warningJson),
});

export const faultsJson = ({ callback, api }: Faults) => ({
  ...(callback === undefined ? {} : { callback }),
  ...(api === undefined
    ? {}
    : {
        api: {
          status: api.status,
          ...(api.every === undefined ? {} : { every: api.every }),
          ...(api.retryAfter === undefined ? {} : { retry_after: api.retryAfter }),
          ...(api.path === undefined ? {} : { path: patternOf(api.path) }),
        },
      }),
});

/** Returns a pattern without the escapes that `RegExp` adds before slashes. */
const patternOf = ({ source }: RegExp): string => source.replaceAll(String.raw`\/`, '/');

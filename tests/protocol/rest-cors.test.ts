import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { DOORS, openDoor, verdict } from '../support/doors';
import { exchange, requestBytes, type RawAnswer } from '../support/raw-http';
import {
  basicHeader,
  issueKey,
  NOBODY,
  NOW,
  signedTarget,
  startUpstream,
  type TestUpstream,
} from '../support/rest-scene';
import { breakDatabase } from '../support/broken-database';
import { fakeClock, startTestStore, type TestStore } from '../support/test-store';
import { CANNOT_VIEW, refused } from '../unit/oauth-fixtures';

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const ORIGIN = ['Origin', 'https://browser-app.example'] as const;
const PREFLIGHT = [ORIGIN, ['Access-Control-Request-Method', 'GET']] as const;
const PATH = '/wp-json/wc/v3/products';

/** WordPress's, as protocol 3.1 lists them. */
const CORS = {
  'access-control-allow-origin': ORIGIN[1],
  vary: 'Origin',
  'access-control-allow-methods': 'OPTIONS, GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'X-WP-Total, X-WP-TotalPages, Link',
  'access-control-allow-headers':
    'Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type',
};
const NONE = Object.fromEntries(Object.keys(CORS).map((name) => [name, undefined]));
const corsOf = ({ headers }: RawAnswer) =>
  Object.fromEntries(Object.keys(CORS).map((name) => [name, headers[name]]));

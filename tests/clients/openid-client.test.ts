import { describeOAuthLibrary } from '../support/revocation-library';

describeOAuthLibrary('openid-client', 'openid-client-revoke.mjs', {
  challenge: 'WWWAuthenticateChallengeError',
  rejection: 'ResponseBodyError',
});

import { describeOAuthLibrary } from '../support/scenes/revocation-library';

describeOAuthLibrary('openid-client', 'openid-client-revoke.mjs', {
  challenge: 'WWWAuthenticateChallengeError',
  rejection: 'ResponseBodyError',
});

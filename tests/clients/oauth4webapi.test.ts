import { describeOAuthLibrary } from '../support/scenes/revocation-library';

describeOAuthLibrary('oauth4webapi', 'oauth4webapi-revoke.mjs', {
  // This library reads the challenge before the body.
  challenge: 'WWWAuthenticateChallengeError',
  rejection: 'ResponseBodyError',
});

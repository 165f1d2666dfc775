import { describeOAuthLibrary } from '../support/revocation-library';

describeOAuthLibrary('oauth4webapi', 'oauth4webapi-revoke.mjs', {
  // It reads the challenge before the body.
  challenge: 'WWWAuthenticateChallengeError',
  refusal: 'ResponseBodyError',
});

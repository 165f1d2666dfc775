// Discovery, then one revocation, with openid-client. Argument: JSON. Answer: JSON on standard
// output.
import * as client from 'openid-client';

const { issuer, method, clientId, clientSecret, token } = JSON.parse(process.argv[2]);
const authentication = { basic: client.ClientSecretBasic, post: client.ClientSecretPost }[method](
  clientSecret,
);

const config = await client.discovery(new URL(issuer), clientId, undefined, authentication, {
  algorithm: 'oauth2',
});
const server = config.serverMetadata();
try {
  await client.tokenRevocation(config, token);
  console.log(JSON.stringify({ server }));
} catch (error) {
  const { name, error: code, error_description: description, cause, status } = error;
  const read = Array.isArray(cause) ? cause : undefined;
  const body = error.response && !error.response.bodyUsed ? await error.response.json() : undefined;
  console.log(
    JSON.stringify({
      server,
      status: status ?? error.response?.status,
      body,
      thrown: { name, code, description, cause: read },
    }),
  );
}

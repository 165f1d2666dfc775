// Discovery, then one revocation, with oauth4webapi. Argument: JSON. Answer: JSON on standard
// output.
import * as oauth from 'oauth4webapi';

const { issuer, method, clientId, clientSecret, token } = JSON.parse(process.argv[2]);
const authentication = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }[method](clientSecret);

const url = new URL(issuer);
const server = await oauth
  .discoveryRequest(url, { algorithm: 'oauth2' })
  .then((response) => oauth.processDiscoveryResponse(url, response));
const response = await oauth.revocationRequest(server, { client_id: clientId }, authentication, token);
const said = response.clone();
try {
  await oauth.processRevocationResponse(response);
  console.log(JSON.stringify({ server, status: said.status, body: await said.json() }));
} catch (error) {
  // `error` is what the library read from the body. `cause` of a challenge is what it read from
  // WWW-Authenticate.
  const { name, error: code, error_description: description, cause } = error;
  console.log(
    JSON.stringify({
      server,
      status: said.status,
      body: await said.json(),
      thrown: { name, code, description, cause },
    }),
  );
}

import https from 'node:https';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

const contexts = new Map<string, SecureContext>();

/**
 * Returns the TLS settings of a client that trusts these authorities, in PEM, besides the usual ones.
 * They are kept: with the option `ca`, Node would read the usual ones again for each connection,
 * which takes longer than all the rest of it.
 */
export function trusting(authorities: readonly string[]): SecureContext {
  const added = authorities.join('\n');
  const context = contexts.get(added) ?? createSecureContext({ ca: [added, ...rootCertificates].join('\n') });
  contexts.set(added, context);
  return context;
}

/** Returns an agent that trusts an authority besides the usual ones, from its first connection on. */
export function trustingAgent(authority: string): https.Agent {
  const agent = new https.Agent({ keepAlive: true });
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const trustingOptions = { ...options, secureContext: trusting([authority]) };
    return createConnection(trustingOptions, callback);
  };
  return agent;
}

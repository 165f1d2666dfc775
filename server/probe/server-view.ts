/** How the server sees a request. It is the JSON answer to a probe. */
export interface ServerView {
  /** The id of the probe. */
  readonly probe: string;
  /** Of this package. */
  readonly version: string;
  /** The clock of the server, in milliseconds since 1970. */
  readonly now: number;
  readonly scheme: 'http' | 'https';
  readonly host: string | null;
  /** Of the client. */
  readonly address: string;
  /** The connection that the request came on: from the proxy, if there is one. */
  readonly peer: {
    readonly address: string;
    readonly port: number | null;
    /** Whether this connection uses TLS. */
    readonly encrypted: boolean;
    /** Whether TRUST_PROXY names its address. */
    readonly trusted: boolean;
  };
  /** What the proxy, or the client, wrote into `X-Forwarded-*`. */
  readonly forwarded: {
    readonly for: string | null;
    readonly proto: string | null;
    readonly host: string | null;
  };
}

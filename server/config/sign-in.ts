import * as z from 'zod';
import { parseRoleMapping, type RoleMapping } from '../users/role-mapping';
import { SIGN_IN_WAYS, type SignInWay } from '../users/sign-in-way';
import { fileText } from './files';
import { handoverSecret, parseHandoverKey, type HandoverKey } from './handover-key';
import { parsedBy, type SetVariables } from './problems';

/** How people sign in. A way that SIGN_IN does not list is `undefined`. */
export interface SignInConfig {
  readonly signIn: {
    /** In the order in which the page shows them. */
    readonly ways: readonly SignInWay[];
    readonly oidc: OidcConfig | undefined;
    readonly proxy: AuthProxyConfig | undefined;
    readonly handover: HandoverConfig | undefined;
  };
}

/** One OpenID Connect provider. */
export interface OidcConfig {
  /** As the provider spells it in `iss`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by blanks. */
  readonly scopes: string;
  readonly roleClaim: string;
  readonly roles: RoleMapping;
  /** The text of the button. */
  readonly button: string | undefined;
}

/** A proxy that signs people in and says in headers who they are. Names are in lower case. */
export interface AuthProxyConfig {
  readonly userHeader: string;
  /** Without an assertion, this header and the one of the groups are set. */
  readonly emailHeader: string | undefined;
  readonly nameHeader: string | undefined;
  readonly groupsHeader: string | undefined;
  readonly roles: RoleMapping;
  readonly logoutUrl: string | undefined;
  /** A signed assertion, which then has to be there. It says who the person is. */
  readonly jwt:
    | {
        readonly header: string;
        readonly jwksUrl: string;
        readonly audience: string;
        readonly issuer: string;
      }
    | undefined;
}

/** The store's own back end, which signs people in. */
export interface HandoverConfig {
  readonly signInUrl: string;
  readonly key: HandoverKey;
}

const HEADER_NAME = 'must be the name of a header, such as Remote-User';
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, HEADER_NAME)
  .transform((name) => name.toLowerCase());
const roles = z
  .string()
  .transform(
    parsedBy(
      parseRoleMapping,
      'must be a list of GROUP=ROLE, such as store-admins=administrator,ops=shop_manager. The roles are administrator, shop_manager and customer',
    ),
  );
/** http is for tests and for a provider on this machine. */
const webAddress = z
  .string()
  .transform(
    parsedBy(readWebAddress, 'must be an https URL, or http on this machine, without a fragment or password'),
  );
const secretText = (least: number) =>
  z
    .string()
    .refine(
      (text) => Buffer.byteLength(text) >= least,
      `must have at least ${least} bytes; \`openssl rand -hex 32\` makes one`,
    );
const trimmedFile = z
  .string()
  .transform(fileText)
  .transform((text) => text.trim());
const HANDOVER_SECRET_MIN = 32;
const publicKey = z
  .string()
  .transform(parsedBy(parseHandoverKey, 'must be a public key in PEM (BEGIN PUBLIC KEY), Ed25519 or P-256'));

/** The variables of this group. */
export const signInVariables = {
  SIGN_IN: z
    .string()
    .default('local')
    .transform(
      parsedBy(readWays, `must be a list of ${SIGN_IN_WAYS.join(', ')}, separated by commas, each once`),
    ),
  OIDC_ISSUER: webAddress.optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_CLIENT_SECRET_FILE: trimmedFile.optional(),
  OIDC_SCOPES: z
    .string()
    .default('openid profile email')
    .refine((scopes) => scopes.split(' ').includes('openid'), 'must contain openid'),
  OIDC_ROLE_CLAIM: z.string().default('groups'),
  OIDC_ROLES: roles.optional(),
  OIDC_BUTTON: z.string().max(60, 'must have at most 60 characters').optional(),
  AUTH_PROXY_USER_HEADER: headerName.optional(),
  AUTH_PROXY_EMAIL_HEADER: headerName.optional(),
  AUTH_PROXY_NAME_HEADER: headerName.optional(),
  AUTH_PROXY_GROUPS_HEADER: headerName.optional(),
  AUTH_PROXY_ROLES: roles.optional(),
  AUTH_PROXY_LOGOUT_URL: webAddress.optional(),
  AUTH_PROXY_JWT_HEADER: headerName.optional(),
  AUTH_PROXY_JWKS_URL: webAddress.optional(),
  AUTH_PROXY_JWT_AUDIENCE: z.string().optional(),
  AUTH_PROXY_JWT_ISSUER: z.string().optional(),
  SIGN_IN_URL: webAddress.optional(),
  HANDOVER_PUBLIC_KEY: publicKey.optional(),
  HANDOVER_PUBLIC_KEY_FILE: trimmedFile.pipe(publicKey).optional(),
  HANDOVER_SECRET: secretText(HANDOVER_SECRET_MIN).optional(),
  HANDOVER_SECRET_FILE: trimmedFile.pipe(secretText(HANDOVER_SECRET_MIN)).optional(),
};

type Values = z.output<z.ZodObject<typeof signInVariables>>;

/** What each way needs. A group of names: exactly one of them. */
const NEEDED: Readonly<Record<Exclude<SignInWay, 'local'>, readonly (readonly string[])[]>> = {
  oidc: [
    ['OIDC_ISSUER'],
    ['OIDC_CLIENT_ID'],
    ['OIDC_CLIENT_SECRET', 'OIDC_CLIENT_SECRET_FILE'],
    ['OIDC_ROLES'],
  ],
  proxy: [
    ['AUTH_PROXY_USER_HEADER'],
    ['AUTH_PROXY_EMAIL_HEADER'],
    ['AUTH_PROXY_GROUPS_HEADER'],
    ['AUTH_PROXY_ROLES'],
    ['TRUST_PROXY'],
  ],
  handover: [
    ['SIGN_IN_URL'],
    ['HANDOVER_PUBLIC_KEY', 'HANDOVER_PUBLIC_KEY_FILE', 'HANDOVER_SECRET', 'HANDOVER_SECRET_FILE'],
  ],
};
/** What a signed assertion can say in place of a header. */
const IN_ASSERTION: readonly (string | undefined)[] = ['AUTH_PROXY_EMAIL_HEADER', 'AUTH_PROXY_GROUPS_HEADER'];
const ASSERTION = [
  'AUTH_PROXY_JWT_HEADER',
  'AUTH_PROXY_JWKS_URL',
  'AUTH_PROXY_JWT_AUDIENCE',
  'AUTH_PROXY_JWT_ISSUER',
];

/** Returns what is missing for the ways of SIGN_IN, one line each. */
export function signInProblems(set: SetVariables): string[] {
  const ways = readWays(set['SIGN_IN'] ?? 'local') ?? [];
  const isSet = (name: string) => set[name] !== undefined;
  const missing = ways.flatMap((way) =>
    (way === 'local' ? [] : NEEDED[way]).flatMap((names) => {
      const present = names.filter(isSet);
      if (IN_ASSERTION.includes(names[0]) && isSet('AUTH_PROXY_JWT_HEADER')) return [];
      if (present.length === 1) return [];
      if (present.length > 1) return [`${present.join(', ')}: set only one of them`];
      return [`${names.join(' or ')}: must be set, because SIGN_IN has ${way}`];
    }),
  );
  const assertion = ASSERTION.filter(isSet);
  if (ways.includes('proxy') && assertion.length > 0 && assertion.length < ASSERTION.length)
    missing.push(`${ASSERTION.join(', ')}: set all of them, or none`);
  return missing;
}

/** Returns this group's part of the configuration. */
export function readSignIn(values: Values): SignInConfig {
  const ways = values.SIGN_IN;
  return {
    signIn: {
      ways,
      oidc: ways.includes('oidc') ? readOidc(values) : undefined,
      proxy: ways.includes('proxy') ? readProxy(values) : undefined,
      handover: ways.includes('handover') ? readHandover(values) : undefined,
    },
  };
}

const NO_ROLES: RoleMapping = new Map();

/** `signInProblems` has rejected what is missing here. */
const readOidc = (values: Values): OidcConfig => ({
  issuer: values.OIDC_ISSUER ?? '',
  clientId: values.OIDC_CLIENT_ID ?? '',
  clientSecret: values.OIDC_CLIENT_SECRET ?? values.OIDC_CLIENT_SECRET_FILE ?? '',
  scopes: values.OIDC_SCOPES,
  roleClaim: values.OIDC_ROLE_CLAIM,
  roles: values.OIDC_ROLES ?? NO_ROLES,
  button: values.OIDC_BUTTON,
});

const readProxy = (values: Values): AuthProxyConfig => ({
  userHeader: values.AUTH_PROXY_USER_HEADER ?? '',
  emailHeader: values.AUTH_PROXY_EMAIL_HEADER,
  nameHeader: values.AUTH_PROXY_NAME_HEADER,
  groupsHeader: values.AUTH_PROXY_GROUPS_HEADER,
  roles: values.AUTH_PROXY_ROLES ?? NO_ROLES,
  logoutUrl: values.AUTH_PROXY_LOGOUT_URL,
  jwt:
    values.AUTH_PROXY_JWT_HEADER === undefined
      ? undefined
      : {
          header: values.AUTH_PROXY_JWT_HEADER,
          jwksUrl: values.AUTH_PROXY_JWKS_URL ?? '',
          audience: values.AUTH_PROXY_JWT_AUDIENCE ?? '',
          issuer: values.AUTH_PROXY_JWT_ISSUER ?? '',
        },
});

const readHandover = (values: Values): HandoverConfig => ({
  signInUrl: values.SIGN_IN_URL ?? '',
  key:
    values.HANDOVER_PUBLIC_KEY ??
    values.HANDOVER_PUBLIC_KEY_FILE ??
    handoverSecret(values.HANDOVER_SECRET ?? values.HANDOVER_SECRET_FILE ?? ''),
});

function readWays(text: string): readonly SignInWay[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  const ways = names.flatMap((name) => SIGN_IN_WAYS.filter((way) => way === name));
  return ways.length === names.length && new Set(ways).size === ways.length ? ways : undefined;
}

/** Returns the address as it was typed, because an issuer is compared byte for byte. */
function readWebAddress(text: string): string | undefined {
  const url = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) return undefined;
  return url.username === '' && url.password === '' && url.hash === '' ? text : undefined;
}

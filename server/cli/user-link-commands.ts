import { InvalidArgumentError, Option, type Command } from 'commander';
import { EXTERNAL_WAYS, type ExternalWay } from '../users/sign-in-way';
import { examples } from './help';
import { BY_COMMAND_LINE, commandConfig, print, withStore } from './store-command';
import { findUser, viewUser } from './user-view';

interface LinkOptions {
  subject: string;
  way?: ExternalWay;
  issuer?: string;
  json?: boolean;
}

/** Adds the commands that link an account to another system, and end that. */
export function addUserLinkCommands(command: (name: string, description: string) => Command): void {
  command('link', 'let an account sign in through another system only; its password and sessions end')
    .argument('<login>', 'the login of the account')
    .requiredOption(
      '--subject <subject>',
      'what the other system calls the person, as in the claim sub',
      subjectName,
    )
    .addOption(
      new Option(
        '--way <way>',
        'how the person signs in (default: the only external way of SIGN_IN)',
      ).choices([...EXTERNAL_WAYS]),
    )
    .option('--issuer <url>', 'who names the subject (default: OIDC_ISSUER or AUTH_PROXY_JWT_ISSUER)')
    .addHelpText(
      'after',
      examples('users link tom --subject 248289761001', 'users link tom --way proxy --subject tom'),
    )
    .action(
      withStore(async (context, login: string, options: LinkOptions) => {
        const user = await findUser(context, login);
        const subject = subjectIn(options);
        await context.externalUserAdministration.link(user, subject, BY_COMMAND_LINE);
        print(
          options,
          { ...viewUser(user), external: subject },
          `Linked ${user.login} to ${JSON.stringify(subject.subject)} (${subject.way}).`,
          'The account has no password any more, and its browsers are signed out.',
        );
      }),
    );

  command('unlink', 'make an account one of this server again; it needs a new password then')
    .argument('<login>', 'the login of the account')
    .addHelpText('after', examples('users unlink tom'))
    .action(
      withStore(async (context, login: string, options: { json?: boolean }) => {
        const user = await findUser(context, login);
        await context.externalUserAdministration.unlink(user, BY_COMMAND_LINE);
        print(
          options,
          { ...viewUser(user), external: null },
          `Unlinked ${user.login}. Its browsers are signed out.`,
          `It has no password. To set one: npx wc-auth users set-password ${user.login}`,
        );
      }),
    );
}

/** Parses the name of a subject: what the ways of signing in accept. */
function subjectName(value: string): string {
  if (value.trim() === '' || value.length > 255 || /[\p{Cc}\p{Cs}]/u.test(value))
    throw new InvalidArgumentError('It must have 1 to 255 characters, without control characters.');
  return value;
}

/** @throws if SIGN_IN does not say which way is meant. */
function subjectIn({ subject, way, issuer }: LinkOptions) {
  const { signIn } = commandConfig();
  const external = EXTERNAL_WAYS.filter((one) => signIn.ways.includes(one));
  const [only, ...others] = external;
  const meant = way ?? (others.length === 0 ? only : undefined);
  if (meant === undefined)
    throw new Error(
      external.length === 0
        ? 'SIGN_IN lists no external way. Set it as for the server, or use --way.'
        : `SIGN_IN lists ${external.join(' and ')}. Use --way to say which one is meant.`,
    );
  const defaults = { oidc: signIn.oidc?.issuer, proxy: signIn.proxy?.jwt?.issuer ?? '', handover: '' };
  const named = issuer ?? defaults[meant];
  if (named === undefined) throw new Error('Use --issuer, because OIDC_ISSUER is not set.');
  return { way: meant, issuer: named, subject };
}

import { Router } from 'express';
import type { UserAdministration } from '../administration/user-administration';
import { PageError } from '../errors/http-errors';
import type { FieldText } from '../errors/message-text';
import { userErrorOf } from '../errors/user-error';
import type { StoreUrl } from '../http/store-url';
import { ACCOUNT_DETAILS, type AccountDetails, type User } from '../users/user';
import type { ExternalUserService } from '../users/external-user-service';
import type { UserService } from '../users/user-service';
import type { ConfirmIdentity } from './confirm-identity';
import type { ConsoleAccess, Entitled, Tab, Visit } from './console-access';
import type { ConsolePages } from './console-pages';
import type { EditAccountPage } from './account-pages';
import { accountIn } from './user-routes';

export interface AccountEditRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly users: UserService;
  readonly externalUsers: Pick<ExternalUserService, 'subjectOf' | 'subjectsOf'>;
  readonly userAdministration: UserAdministration;
  readonly confirm: ConfirmIdentity;
  readonly storeUrl: StoreUrl;
}

/** Where an account is edited. */
interface Place {
  /** Of the account's page. The form is at `/edit` below it. */
  readonly path: string;
  readonly entitled: Entitled;
  readonly tab: Tab;
  readonly accountOf: (visit: Visit) => Promise<User>;
}

/** The values that the form showed when it was opened. */
const SHOWN = ['shown_login', 'shown_email', 'shown_name'] as const;
const FIELDS = { texts: [...ACCOUNT_DETAILS, ...SHOWN, 'current_password'] } as const;

type Fields = Readonly<Record<(typeof FIELDS.texts)[number], string>>;

/**
 * Returns the routes that change login, email address and name. Only administrators change logins.
 * Users who change their own account enter their password.
 */
export function accountEditRoutes(dependencies: AccountEditRouteDependencies): Router {
  const { access, pages, externalUsers, userAdministration, confirm, storeUrl } = dependencies;

  function show(
    { response, frame, user, isAdministrator }: Visit,
    account: User,
    { tab, path }: Place,
    page: Partial<Pick<EditAccountPage, 'values' | 'error'>> = {},
  ): void {
    const backHref = storeUrl.basePath + path.replace(':userId', String(account.userId));
    response.send(
      pages.editAccount({
        frame: frame(tab),
        isSelf: account.userId === user.userId,
        loginIsEditable: isAdministrator,
        backHref,
        shown: shownDetails(account),
        values: shownDetails(account),
        ...page,
      }),
    );
  }

  async function save(visit: Visit, account: User, place: Place, texts: Fields): Promise<void> {
    const reject = (values: AccountDetails, error: FieldText, status = 400) => {
      visit.response.status(status);
      show(visit, account, place, { values, error });
    };
    const path = place.path.replace(':userId', String(account.userId));
    const saved = () => visit.goTo(`${path}?done=details`);
    const overtaken = () => {
      const next = { href: `${storeUrl.basePath}${path}/edit`, label: 'users.edit.open' };
      return new PageError(409, 'users.overtaken', { next });
    };

    const { shown, values } = detailsIn(texts, visit, account);
    // The form was sent twice, and the first time made the change.
    if (isSame(values, shownDetails(account))) return saved();
    // Saving it would silently undo a change that was made since the form was opened.
    if (!isSame(shown, shownDetails(account))) throw overtaken();
    const isSelf = account.userId === visit.user.userId;
    if (isSelf && (await confirm(visit, texts.current_password)) !== 'confirmed')
      return reject(values, { field: 'current_password', key: 'users.edit.password_wrong' }, 403);
    const error = await userErrorOf(async () => {
      const outcome = await userAdministration.edit(account, values, visit.by);
      if (outcome === 'gone') throw new PageError(409, 'users.gone');
      if (outcome === 'overtaken') throw overtaken();
      saved();
    });
    if (error) reject(values, error);
  }

  const places: readonly Place[] = [
    {
      path: '/account',
      entitled: 'anyone',
      tab: 'account',
      accountOf: ({ user }) => Promise.resolve(user),
    },
    {
      path: '/users/:userId',
      entitled: 'administrator',
      tab: 'users',
      accountOf: ({ request }) => accountIn(request, dependencies),
    },
  ];
  /** @throws PageError 403 for an account whose details another system keeps. */
  async function editable(visit: Visit, { accountOf }: Place): Promise<User> {
    const account = await accountOf(visit);
    if (await externalUsers.subjectOf(account.userId)) throw new PageError(403, 'users.external');
    return account;
  }

  const router = Router();
  for (const place of places) {
    const { path, entitled } = place;
    router.get(
      `${path}/edit`,
      access.page(entitled, async (visit) => show(visit, await editable(visit, place), place)),
    );
    router.post(
      `${path}/edit`,
      access.form(entitled, FIELDS, async (visit, { texts }) =>
        save(visit, await editable(visit, place), place, texts),
      ),
    );
  }
  return router;
}

/**
 * Returns what the form showed, and what was typed.
 *
 * @throws PageError 400 if a field is missing, or a login is there that may not be.
 */
function detailsIn(texts: Fields, { isAdministrator }: Visit, account: User) {
  const shown = { login: texts.shown_login, email: texts.shown_email, name: texts.shown_name };
  const values = { login: texts.login, email: texts.email.trim(), name: texts.name.trim() };
  // No account is without an email address, so the field was missing.
  if (shown.email === '') throw new PageError(400, 'form.edited');
  if (isAdministrator) return { shown, values };
  if (values.login !== '' || shown.login !== '') throw new PageError(400, 'form.edited');
  const { login } = account;
  return { shown: { ...shown, login }, values: { ...values, login } };
}

/**
 * Returns the values of the form. A name that is the login is an empty field, so that it follows
 * the login.
 */
const shownDetails = ({ login, email, name }: User): AccountDetails => ({
  login,
  email,
  name: name === login ? '' : name,
});

const isSame = (one: AccountDetails, other: AccountDetails): boolean =>
  ACCOUNT_DETAILS.every((name) => one[name] === other[name]);

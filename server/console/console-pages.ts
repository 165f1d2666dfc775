import { ENDS_SOON_DAYS, UNUSED_DAYS } from '../administration/key-state';
import { PERMISSIONS } from '../consumer-keys/consumer-key';
import { RESOURCES } from '../consumer-keys/key-limits';
import { DESCRIPTION_MAX } from '../consumer-keys/description';
import { templates, type TemplateDependencies } from '../pages/templates';
import { PASSWORD_MIN } from '../users/passwords';
import { ROLES } from '../users/user';
import type { AccountPage, EditAccountPage, NewUserPage, UserPage, UsersPage } from './account-pages';
import { SEARCH_MAX } from './console-form';
import type { Framed } from './framed-page';
import type { HistoryPage } from './history-page';
import type { AppsPage, ConfirmPage, KeyPage, KeysPage, NewKeyPage, SecretPage } from './key-pages';
import { ENDS } from './key-list';
import { COUNTED_MAX } from './paging';

export type ConsolePages = ReturnType<typeof consolePages>;

/** Constants that the pages mention. */
const FACTS = {
  permissions: PERMISSIONS,
  roles: ROLES,
  searchMax: SEARCH_MAX,
  descriptionMax: DESCRIPTION_MAX,
  unusedDays: UNUSED_DAYS,
  endsSoonDays: ENDS_SOON_DAYS,
  resources: RESOURCES,
  ends: ENDS,
  passwordMin: PASSWORD_MIN,
  countedMax: COUNTED_MAX,
};

/** Returns a function per page of the console. Each renders a whole HTML document. */
export function consolePages(dependencies: TemplateDependencies) {
  const template = templates(dependencies);
  const page = <Page extends Framed>(name: string) => {
    const render = template<Page & { readonly facts: typeof FACTS }>(`console/${name}`);
    return (shown: Page): string => render({ ...shown, facts: FACTS });
  };
  return {
    keys: page<KeysPage>('keys'),
    newKey: page<NewKeyPage>('new-key'),
    key: page<KeyPage>('key'),
    secret: page<SecretPage>('secret'),
    confirm: page<ConfirmPage>('confirm'),
    apps: page<AppsPage>('apps'),
    history: page<HistoryPage>('history'),
    account: page<AccountPage>('account'),
    users: page<UsersPage>('users'),
    newUser: page<NewUserPage>('new-user'),
    user: page<UserPage>('user'),
    editAccount: page<EditAccountPage>('edit-account'),
  };
}

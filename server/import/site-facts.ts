import type { Role } from '../users/user';
import type { Problem } from './problem';
import type { Site } from './site';
import type { StagedRows, StagedUser } from './staged-rows';
import { siteRoles, type RoleHere } from './wordpress/capabilities';
import { siteTime } from './wordpress/site-time';

/** What the settings of a store say. */
export interface SiteFacts {
  /** The address of the store. `undefined` if the source has no settings. */
  readonly url: string | undefined;
  readonly version: string | undefined;
  readonly timeZone: string;
  /** Returns milliseconds since 1970 for a time of the site, or `null` for none. */
  readonly toUtc: (siteTime: string) => number | null;
  readonly roleOf: (user: StagedUser) => RoleHere;
  readonly problems: readonly Problem[];
}

export interface SiteFactsChoices {
  readonly timeZone: string | undefined;
  readonly mappedRoles: ReadonlyMap<string, Role>;
}

/**
 * Reads what the settings of a store say about its keys.
 * @throws TimeZoneError if `timeZone` is not a time zone.
 */
export function siteFacts(staged: StagedRows, site: Site, choices: SiteFactsChoices): SiteFacts {
  const { prefix, usersPrefix } = site;
  const option = (name: string) => staged.option(prefix, name);
  const timezoneString = option('timezone_string') ?? '';
  const time = siteTime({
    timezoneString,
    gmtOffset: option('gmt_offset'),
    override: choices.timeZone,
  });
  const whyUnknown =
    timezoneString.trim() === ''
      ? "The source does not say the store's time zone"
      : `The store's time zone ${JSON.stringify(timezoneString)} is unknown here`;
  const roles = siteRoles({
    userRoles: option(`${prefix}user_roles`),
    siteAdmins: usersPrefix === undefined ? undefined : staged.networkOption(usersPrefix, 'site_admins'),
    mapped: choices.mappedRoles,
  });
  return {
    url: option('home') ?? option('siteurl'),
    version: option('woocommerce_db_version'),
    timeZone: time.zone,
    toUtc: time.toUtc,
    // The prefix of the site is part of the name, because a network has one table for all sites.
    roleOf: ({ userId, login }) =>
      roles.roleOf(login, staged.userMeta(usersPrefix ?? prefix, userId, `${prefix}capabilities`)),
    problems: [
      ...(time.isKnown
        ? []
        : [
            {
              kind: 'time zone',
              about: 'Last use',
              message: `${whyUnknown}, so the times of last use count as ${time.zone}.`,
              fix: "Add the store's time zone: --time-zone Europe/Berlin, or --time-zone +02:00",
            } as const,
          ]),
      ...(roles.problem === undefined
        ? []
        : [
            {
              kind: 'unreadable role',
              about: `${prefix}user_roles`,
              message: `The roles of the store cannot be read (${roles.problem}), so only those of WordPress and WooCommerce count.`,
              fix: 'Export the options table again, without a change of its text. Or name roles: --map-role NAME=shop_manager',
            } as const,
          ]),
      ...(roles.siteAdminsProblem === undefined
        ? []
        : [
            {
              kind: 'unreadable role',
              about: 'site_admins',
              message: `The super admins of the network cannot be read (${roles.siteAdminsProblem}), so only the roles of the site count for them.`,
              fix: `Export the table ${usersPrefix ?? prefix}sitemeta again, without a change of its text. Or give each super admin with an account here the role: npx wc-auth users set-role LOGIN administrator`,
            } as const,
          ]),
    ],
  };
}

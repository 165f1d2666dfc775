import type { StoreUrl } from '../http/store-url';
import type { ExternalWay } from '../users/sign-in-way';

/** What a page offers instead of a password field to a person who has no password here. */
export interface FreshSignIn {
  /** Begins a fresh sign-in, which comes back to the page. */
  readonly href: string;
  /** Whether the person did that a short time ago. */
  readonly isDone: boolean;
}

/** Returns where a fresh sign-in begins. `path`: the page of the console to come back to. */
export const freshSignInHref = ({ basePath }: StoreUrl, way: ExternalWay, path: string): string =>
  `${basePath}/wc-auth/v1/sign-in/${way}?again=1&redirect_to=${encodeURIComponent(basePath + path)}`;

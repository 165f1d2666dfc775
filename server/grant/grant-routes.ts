import { Router, type Request, type Response } from 'express';
import type { CallbackAddressRules, Rejection } from '../callback-delivery/address-rules';
import { describeRejection } from '../callback-delivery/describe-failure';
import { isWebPage, schemeOf } from '../callback-delivery/urls';
import { withOutcome } from '../callback-delivery/with-outcome';
import type { KeyLifetimes } from '../consumer-keys/key-lifetime';
import { ClientError, WcAuthError } from '../errors/http-errors';
import { UserError } from '../errors/user-error';
import type { Messages } from '../pages/messages';
import { redirect } from '../http/redirect';
import { formParams, readForm, requestParams, textParam } from '../http/request-params';
import type { SecurityHeaders } from '../http/security-headers';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { Session, SessionService } from '../session/session-service';
import type { SignInForm } from '../session/sign-in-form';
import { consentPage } from './consent-page';
import { NotOfferedError, readGrantChoices, type GrantChoices } from './grant-choices';
import type { GrantPages } from './grant-pages';
import { grantQuery, parseGrantParameters, type GrantParameters } from './grant-parameters';
import { failedGrant } from './failed-grant';
import type { GrantOutcome } from './grant-outcome';
import type { GrantService } from './grant-service';
import { shownAppName } from './shown-app-name';

export interface GrantRouteDependencies {
  readonly grants: GrantService;
  readonly addressRules: CallbackAddressRules;
  readonly sessions: SessionService;
  readonly form: SignInForm;
  readonly view: {
    readonly pages: GrantPages;
    readonly messages: Messages;
    readonly securityHeaders: SecurityHeaders;
  };
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  /** How long the manager may let a key live, and the clock. */
  readonly keyLifetimes: { readonly lifetimes: KeyLifetimes; readonly now: () => number };
}

/** A request to a route of the grant, with its checked parameters and its session. */
interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly parameters: GrantParameters;
  readonly session: Session | undefined;
}

/** Returns the routes `/wc-auth/v1/{authorize,login,access_granted,access_denied}`. */
export function grantRoutes(dependencies: GrantRouteDependencies): Router {
  const { grants, addressRules, sessions, form, view, storeUrl, visitorOf } = dependencies;
  const { lifetimes, now } = dependencies.keyLifetimes;
  const { pages, messages, securityHeaders } = view;
  const routes: Readonly<Record<string, (visit: Visit) => Promise<void> | void>> = {
    authorize,
    login,
    access_granted: (visit) => decide(visit, 'approve'),
    access_denied: (visit) => decide(visit, 'deny'),
  };

  const router = Router();
  // Any depth, like WooCommerce's rewrite rule, and not decoded: `authorize/more` is an unknown
  // route.
  router.all(/^\/wc-auth\/v1(?:\/|$)/, readForm, async (request, response) => {
    if (!['GET', 'HEAD', 'POST'].includes(request.method))
      throw new ClientError(405, 'Use GET, HEAD or POST.', { Allow: 'GET, HEAD, POST' });
    const parameters = parseGrantParameters(requestParams(request));
    const name = request.path.slice('/wc-auth/v1/'.length).replace(/\/$/, '');
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (!route) throw noPermission();
    await route({ request, response, parameters, session: await sessions.of(request) });
  });
  return router;

  async function authorize(visit: Visit): Promise<void> {
    const { response, parameters, session } = visit;
    // Checked before the sign-in. Requests without a session cause no DNS lookup.
    rejectAddress(addressRules.checkLiteral(parameters.callbackUrl));
    if (!session) return redirect(response, routeUrl('login', parameters));
    if (!session.isManager) throw noPermission(session, parameters);
    rejectAddress(await addressRules.check(parameters.callbackUrl));
    await showConsent(visit, session);
  }

  async function showConsent({ response, parameters }: Visit, session: Session): Promise<void> {
    const [nonce, heldKeys] = await Promise.all([
      grants.open(parameters, session),
      grants.heldKeys(parameters, session),
    ]);
    securityHeaders.allowFormTargets(response, formTargets(parameters));
    const signOut = { nonce: sessions.logoutToken(session), redirectTo: routePathOf('login', parameters) };
    const appName = nameOf(parameters);
    response.send(
      pages.consent(
        consentPage({ appName, parameters, session, nonce, heldKeys, signOut, lifetimes, now: now() }),
      ),
    );
  }

  async function login({ request, response, parameters, session }: Visit): Promise<void> {
    if (request.method === 'POST') {
      if (await form.submit(request, response, loginPage(parameters)))
        redirect(response, routeUrl('authorize', parameters));
    } else if (session) redirect(response, routeUrl('authorize', parameters));
    else await form.show(request, response, loginPage(parameters));
  }

  function loginPage(parameters: GrantParameters) {
    return {
      action: routePathOf('login', parameters),
      returnTo: routePathOf('authorize', parameters),
      grant: {
        appName: nameOf(parameters),
        cancelHref: withOutcome(parameters.returnUrl, 0, parameters.appUserId),
      },
    };
  }

  async function decide(visit: Visit, decision: 'approve' | 'deny'): Promise<void> {
    const { request, response, parameters, session } = visit;
    // The current role counts: the manager may have been demoted or disabled since the consent
    // page.
    if (!session?.isManager) throw noPermission();
    // WooCommerce grants on GET, which any prefetch can trigger.
    if (request.method !== 'POST') return authorize(visit);
    const params = formParams(request);
    const nonce = textParam(params, 'wc_auth_nonce') ?? '';
    const found = sessions.sameOrigin(request)
      ? await grants.find(nonce, parameters.asSent, session)
      : undefined;
    if (!found)
      throw new WcAuthError('Invalid nonce verification.', {
        explanation: { key: 'denied.old_page' },
        retryHref: routePathOf('authorize', parameters),
      });
    const requestId = response.get('X-Request-Id') ?? '';
    const decider = { session, address: visitorOf(request).address, requestId };
    const choices = decision === 'approve' ? choicesOf(request, found.parameters) : undefined;
    const outcome = choices
      ? await grants.approve(found, decider, choices).catch(rejectChoice(found.parameters))
      : await grants.deny(found, decider);
    if (outcome.kind === 'failed')
      throw failedGrant(outcome, {
        messages,
        parameters: found.parameters,
        appName: nameOf(found.parameters),
        retryHref: routePathOf('authorize', found.parameters),
        hadSelectedKeys: choices !== undefined && choices.keysToReplace.length > 0,
      });
    answer(response, found.parameters, outcome);
  }

  function choicesOf(request: Request, parameters: GrantParameters): GrantChoices {
    try {
      return readGrantChoices(request, { scope: parameters.scope, lifetimes, now: now() });
    } catch (error) {
      return rejectChoice(parameters)(error);
    }
  }

  /**
   * Returns the function that throws the error page for a choice that cannot be carried out. The
   * request is not decided.
   */
  function rejectChoice(parameters: GrantParameters): (error: unknown) => never {
    const extras = (explanation: string) => ({
      explanation: { key: explanation },
      retryHref: routePathOf('authorize', parameters),
    });
    return (error) => {
      if (error instanceof NotOfferedError)
        throw new WcAuthError(error.message, extras('denied.not_offered'));
      if (error instanceof UserError)
        throw new WcAuthError(messages(error.text.key, error.text.values), extras('denied.not_chosen'));
      throw error;
    };
  }

  function answer(
    response: Response,
    parameters: GrantParameters,
    outcome: Exclude<GrantOutcome, { kind: 'failed' }>,
  ): void {
    const granted = outcome.kind === 'granted';
    const href = withOutcome(parameters.returnUrl, granted ? 1 : 0, parameters.appUserId);
    if (isWebPage(parameters.returnUrl)) return redirect(response, href);
    // On a device without the app, a redirect would leave the consent page open. WooCommerce shows
    // a blank page (protocol 2.1).
    response.send(pages.returnToApp({ appName: nameOf(parameters), granted, href }));
  }

  /** Returns the app's name as the pages show it. */
  function nameOf({ appName }: GrantParameters): string {
    return shownAppName(appName) || messages('consent.unnamed_app');
  }

  function rejectAddress(rejection: Rejection | undefined): void {
    if (rejection)
      throw new WcAuthError(describeRejection(messages, rejection), {
        explanation: { key: 'parameter.callback_address' },
      });
  }

  function noPermission(session?: Session, parameters?: GrantParameters): WcAuthError {
    const message = 'You do not have permission to access this page.';
    if (!session || !parameters) return new WcAuthError(message);
    const nonce = sessions.logoutToken(session);
    const redirectTo = routePathOf('login', parameters);
    return new WcAuthError(message, {
      explanation: { key: 'denied.not_a_manager' },
      signOut: { displayName: session.user.name, nonce, redirectTo },
    });
  }

  function routePathOf(route: string, parameters: GrantParameters): string {
    return `${storeUrl.basePath}/wc-auth/v1/${route}?${grantQuery(parameters)}`;
  }

  function routeUrl(route: string, parameters: GrantParameters): string {
    return storeUrl.origin + routePathOf(route, parameters);
  }
}

/**
 * Returns where Approve and Deny may lead: any web page, because the app may redirect, or the app's
 * own scheme.
 */
function formTargets({ returnUrl }: GrantParameters): string[] {
  return [...new Set(['https:', 'http:', schemeOf(returnUrl)])];
}

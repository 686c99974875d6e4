/**
 * An OpenID Connect provider on this machine, to try sign-in at a provider without one:
 * `npm run local-provider`. It asks no password: whoever opens it may be anybody.
 */

import { OpenIdProvider } from '../test/support/openid-provider.ts';

const [email = 'ada@example.com', origin = 'http://127.0.0.1:6573'] = process.argv.slice(2);

const provider = await OpenIdProvider.start();
// The client of the tests is hard to quote on purpose; this one is typed into shells.
provider.clientId = 'sallyport';
provider.clientSecret = 'local-secret';
provider.hasConsentPage = true;
provider.person = { sub: `local|${email}`, email, email_verified: true };
for (const path of ['/auth/google/callback', '/auth/oidc/local/callback']) {
  provider.redirectUris.add(new URL(path, origin).href);
  provider.redirectUris.add(new URL(path, origin.replace('127.0.0.1', 'localhost')).href);
}

const entry = {
  id: 'local',
  name: 'the local provider',
  issuer: provider.issuer,
  client_id: provider.clientId,
  client_secret: provider.clientSecret,
};
process.stdout.write(`It listens on ${provider.issuer} and says that you are ${email}, verified.
In another terminal:

OIDC_PROVIDERS='[${JSON.stringify(entry)}]' npm start

Then open ${origin}/ and sign in with the local provider. Ctrl-C ends it.
`);

/** The one client that the measured oidc-provider knows. */

export const CLIENT = { id: 'bench', secret: 'bench-secret-of-usual-length-0123456789' } as const;

const userPassword = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`);

/** RFC 6749 §2.3.1; neither part has a character to escape. */
export const CLIENT_AUTHORIZATION = `Basic ${userPassword.toString('base64')}`;

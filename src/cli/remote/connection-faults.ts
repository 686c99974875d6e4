/** Why a server could not be asked, as one line that says what to do. */

import { CommandFailure } from '../failures.ts';

interface FailedCall {
  readonly address: string;
  readonly isChange: boolean;
  readonly deadlineSeconds: number;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known; check the address',
  EAI_AGAIN: 'its name cannot be looked up at the moment; check the network',
  ECONNREFUSED: 'nothing listens there; check the address and whether the server runs',
  EHOSTUNREACH: 'there is no way to it; check the network',
  ENETUNREACH: 'there is no way to it; check the network',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there; check the port, or use http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there; check the port, or use http://',
  EPROTO: 'it does not speak TLS there; check the port, or use http://',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name; check the address',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it there',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
};

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_\w+)$/;

/** Before these the request was on its way: a change may have been made. */
const BEFORE_SENDING =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|E(HOST|NET)UNREACH|ERR_SSL|ERR_TLS|CERT)/;

/** Whatever `fetch` threw; the code is in its cause, or in the causes of that. */
export function explainConnectionFault(error: unknown, failed: FailedCall): CommandFailure {
  const { address, deadlineSeconds } = failed;
  const doubt = failed.isChange
    ? ' The change may have been made all the same; look before you try again.'
    : '';
  if (error instanceof Error && error.name === 'TimeoutError') {
    const line = `${address} did not answer within ${deadlineSeconds} s.${doubt}`;
    return new CommandFailure('server_unreachable', [line]);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = codeOf(cause);
  if (UNTRUSTED.test(code)) return untrusted(address, code);
  const reason = REASONS[code] ?? `the connection failed (${code || messageOf(cause, error)})`;
  const isUnsent = BEFORE_SENDING.test(code);
  const line = `${address} cannot be reached: ${reason}.${isUnsent ? '' : doubt}`;
  return new CommandFailure('server_unreachable', [line]);
}

function untrusted(address: string, code: string): CommandFailure {
  return new CommandFailure('server_unreachable', [
    `The certificate of ${address} is from nobody whom this machine trusts (${code}). For an ` +
      'authority of your own, set NODE_EXTRA_CA_CERTS to the file with its certificate.',
  ]);
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

function messageOf(cause: unknown, error: unknown): string {
  return String(cause instanceof Error ? cause.message : error).replaceAll('\n', ' ');
}

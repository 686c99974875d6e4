/** Calls of both contracts, each written into the history. */

import type { HistoryRecorder, Operation } from './history.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly bearer?: string;
  readonly json?: object;
  /** The client is gone when the answer comes: it has been given, and nobody has read it. */
  readonly losesAnswer?: boolean;
}

export interface Pair {
  readonly access: string;
  readonly refresh: string;
}

export class RecordedClient {
  readonly #recorder: HistoryRecorder;
  /** Opens token calls, like the token of an operator's script. */
  readonly #managerToken: string;
  #url: string;

  constructor(recorder: HistoryRecorder, url: string, managerToken: string) {
    this.#recorder = recorder;
    this.#url = url;
    this.#managerToken = managerToken;
  }

  /** The server is there again, at another port. */
  moveTo(url: string): void {
    this.#url = url;
  }

  refresh(
    subject: string,
    input: string,
    options: Pick<Request, 'losesAnswer'> & { isReplay?: boolean } = {},
  ): Promise<Operation> {
    const { losesAnswer = false, isReplay } = options;
    const json = { refresh_token: input };
    const path = '/api/auth/refresh';
    const request = { method: 'POST', path, json, losesAnswer };
    return this.#make(
      { call: isReplay ? 'replay' : 'refresh', subject, input },
      request,
      writePair,
    );
  }

  verify(subject: string, input: string): Promise<Operation> {
    const request = { method: 'GET', path: '/api/auth/verify', bearer: input };
    return this.#make({ call: 'verify', subject, input }, request);
  }

  logout(subject: string, input: string): Promise<Operation> {
    const request = { method: 'POST', path: '/api/auth/logout', bearer: input };
    return this.#make({ call: 'logout', subject, input }, request);
  }

  /** Null when no answer came; the sign-in itself is checked by what its session does then. */
  async signIn(username: string, password: string): Promise<Pair | null> {
    const json = { username, password };
    const answer = await this.#call({ method: 'POST', path: '/api/auth/login', json });
    if (answer === null) return null;
    if (answer.status !== 200) throw new Error(`a sign-in was answered with ${answer.status}`);
    return readPair(writePair(answer.body));
  }

  async createToken(name: string): Promise<{ operation: Operation; id: number | null }> {
    const json = { name, permission: 'admin' };
    let id: number | null = null;
    const operation = await this.#make(
      { call: 'create', subject: name, input: '' },
      { method: 'POST', path: '/auth/access_token', json, bearer: this.#managerToken },
      (body) => {
        const created = JSON.parse(body);
        id = created.id;
        return created.token;
      },
    );
    return { operation, id };
  }

  rotateToken(name: string, id: number): Promise<Operation> {
    const path = `/auth/access_token/${id}/rotate`;
    return this.#make(
      { call: 'rotate', subject: name, input: '' },
      { method: 'POST', path, bearer: this.#managerToken },
      (body) => JSON.parse(body).token,
    );
  }

  deleteToken(name: string, id: number): Promise<Operation> {
    const request = {
      method: 'DELETE',
      path: `/auth/access_token/${id}`,
      bearer: this.#managerToken,
    };
    return this.#make({ call: 'delete', subject: name, input: '' }, request);
  }

  useToken(name: string, value: string): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: value };
    return this.#make({ call: 'use', subject: name, input: value }, request);
  }

  /** `keeps` says which of the names are this round's. */
  listTokens(keeps: (name: string) => boolean): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: this.#managerToken };
    return this.#make({ call: 'list', subject: '*', input: '' }, request, (body) => {
      const names = (JSON.parse(body) as { name: string }[]).map((token) => token.name);
      return names.filter(keeps).join(' ');
    });
  }

  resetAdminPassword(password: string): Promise<Operation> {
    const request = { method: 'POST', path: '/auth/admin/reset-password', json: { password } };
    return this.#make({ call: 'reset_password', subject: 'admin', input: password }, request);
  }

  signInAdmin(password: string): Promise<Operation> {
    const request = { method: 'POST', path: '/auth/admin/login', json: { password } };
    const operation = { call: 'admin_login', subject: 'admin', input: password } as const;
    return this.#make(operation, request, (body) => JSON.parse(body).token);
  }

  useAdminJwt(token: string): Promise<Operation> {
    const request = { method: 'GET', path: '/auth/access_tokens', bearer: token };
    return this.#make({ call: 'admin_use', subject: 'admin', input: token }, request);
  }

  #make(
    operation: Pick<Operation, 'call' | 'subject' | 'input'>,
    request: Request,
    read: (body: string) => string = () => '',
  ): Promise<Operation> {
    return this.#recorder.record(operation, async () => {
      const answer = await this.#call(request);
      if (answer === null) return null;
      const output = answer.status === 200 ? read(answer.body) : '';
      return { status: answer.status, output };
    });
  }

  /** Null when the connection broke, whoever broke it. */
  async #call({ method, path, bearer, json, losesAnswer }: Request): Promise<Answer | null> {
    const headers = {
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    };
    const body = json === undefined ? null : JSON.stringify(json);
    try {
      const answer = await fetch(this.#url + path, { method, headers, body });
      if (!losesAnswer) return { status: answer.status, body: await answer.text() };
      await answer.body?.cancel();
      return null;
    } catch {
      return null;
    }
  }
}

function writePair(body: string): string {
  const { token, refresh_token } = JSON.parse(body);
  return `${token} ${refresh_token}`;
}

export function readPair(output: string): Pair {
  const [access = '', refresh = ''] = output.split(' ');
  return { access, refresh };
}

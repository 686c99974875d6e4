/** Where a command works: in the data folder, or on a server that `--url` names. */

import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { localTarget } from './local-target.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption } from './operator-command.ts';
import type { OperatorTarget } from './operator-target.ts';
import { remark } from './output.ts';

export interface TargetOptions extends JsonOption {
  readonly url?: string;
  /** The user with role ADMIN to sign in as. */
  readonly as?: string;
  readonly insecureHttp?: boolean;
}

/** Opens, works and closes or signs out, whatever happens in between. */
export async function withTarget<T>(
  context: CommandContext,
  options: TargetOptions,
  work: (target: OperatorTarget) => Promise<T>,
): Promise<T> {
  if (options.url !== undefined) return withServer(context, options.url, options, work);
  const stray = options.as !== undefined ? '--as' : options.insecureHttp ? '--insecure-http' : null;
  if (stray !== null) {
    const line = `${stray} is for a server; say which one with --url.`;
    throw new CommandFailure('usage', [line], EXIT.usage);
  }
  return withOpened(context, (opened) =>
    work(localTarget(opened, context.nameDataFolder(), context.describeConfig)),
  );
}

async function withServer<T>(
  context: CommandContext,
  url: string,
  options: TargetOptions,
  work: (target: OperatorTarget) => Promise<T>,
): Promise<T> {
  // Loaded when they are wanted: most commands work on the data folder.
  const { parseServerAddress } = await import('./remote/server-address.ts');
  const { RemoteServer } = await import('./remote/remote-server.ts');
  const { obtainCredential } = await import('./remote/credentials.ts');
  const { remoteTarget } = await import('./remote/remote-target.ts');
  const address = parseServerAddress(url, options.insecureHttp ?? false);
  const server = new RemoteServer(address, context.listenForEnd());
  const credential = await obtainCredential(context, server, options.as);
  try {
    return await work(remoteTarget(server, credential));
  } finally {
    await credential.signOut?.().catch(() => {
      remark(context, `The session at ${address} could not be ended; it ends by itself.`);
    });
  }
}

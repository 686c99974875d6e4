/** `sallyport providers test` */

import type { ProviderState } from '../core/provider-probes.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { type Listing, printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Ask sign-in providers whether they can be reached: for their metadata and their
keys, which every sign-in needs. All of them, or the one that is named.

With --url the server there asks, and that is what counts: another machine may
be let through where it is not. An access token may not have it asked.`;

const LISTING: Listing<ProviderState> = {
  columns: [
    { title: 'PROVIDER', text: ({ id }) => id },
    { title: 'NAME', text: ({ name }) => name, isFlexible: true, canBeLeftOut: true },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'DETAIL', text: ({ detail }) => detail ?? '-', isFlexible: true },
  ],
  toJson: ({ id, name, issuer, state, detail }) => ({ id, name, issuer, state, detail }),
};

export function addProvidersTest(providers: OperatorCommand, context: CommandContext): void {
  providers
    .addNew('test')
    .summary('ask sign-in providers whether they can be reached')
    .description(ABOUT)
    .argument('[id]', 'the id of one, such as google')
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one provider a line: id, name, issuer,
state (reachable or unreachable), detail.
${MANAGER_CREDENTIALS}
${examples('npx sallyport providers test', 'npx sallyport providers test google --url https://auth.example.com')}
${EXIT_CODES}`,
    )
    .action((id: string | undefined, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const { json = false } = options;
        const known = await target.providers.list();
        const wanted = known.filter((one) => id === undefined || one.id === id);
        if (id !== undefined && wanted.length === 0) {
          throw new CommandFailure('provider_not_found', [
            `There is no sign-in provider with this id ${target.place}; without an id the ` +
              'command asks all.',
          ]);
        }
        const failed: string[] = [];
        async function* ask() {
          for (const provider of wanted) {
            const found = await target.providers.test(provider);
            if (found.state === 'unreachable') failed.push(found.id);
            yield found;
          }
        }
        const count = await printRows(context, json, LISTING, ask());
        if (count === 0 && !json) remark(context, `No sign-in provider is set up ${target.place}.`);
        if (failed.length > 0) {
          throw new CommandFailure('provider_unreachable', [
            `${failed.join(', ')} cannot be reached; nobody can sign in there.`,
          ]);
        }
      }),
    );
}

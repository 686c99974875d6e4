/** `sallyport stats` */

import type { Counts } from '../core/operations-repository.ts';
import { type Mark, paint } from './colours.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer, writeOut } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Count users, live sessions, access tokens, and the sign-ins of the last day.

On a terminal this is a block to read. Elsewhere each line is a name and a value,
separated by a tab; the names are those of the fields with --json.`;

interface Line {
  /** The path of the field in JSON. */
  readonly name: string;
  readonly label: string;
  readonly value: number | boolean;
  readonly mark?: Mark | null;
}

export function addStats(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('stats')
    .summary('count users, sessions, access tokens and sign-ins')
    .description(ABOUT)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport stats', 'npx sallyport stats --json | jq .sign_ins.failed_last_hour')}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const counts = await target.countEverything();
        if (options.json) return answer(context, true, { json: statsJson(counts), text: '' });
        const lines = linesOf(counts);
        const { stdout } = context;
        const text = stdout.isTTY
          ? block(lines, stdout)
          : lines.map(({ name, value }) => `${name}\t${value}\n`).join('');
        return writeOut(context, text);
      }),
    );
}

/** The fields of `GET /management/stats`. */
function statsJson({ users, accessTokens, signIns, ...counts }: Counts): object {
  return {
    users: { total: users.total, enabled: users.enabled, enabled_admins: users.enabledAdmins },
    live_sessions: counts.liveSessions,
    access_tokens: {
      total: accessTokens.total,
      expired: accessTokens.expired,
      expiring_within_week: accessTokens.expiringWithinWeek,
    },
    admin_exists: counts.hasBuiltInAdmin,
    auth_enabled: counts.isAuthEnabled,
    sign_ins: {
      succeeded_last_day: signIns.succeededLastDay,
      failed_last_day: signIns.failedLastDay,
      failed_last_hour: signIns.failedLastHour,
      limited_last_day: signIns.limitedLastDay,
    },
  };
}

function linesOf({ users, accessTokens, signIns, ...counts }: Counts): Line[] {
  const ifAny = (count: number, mark: Mark) => (count > 0 ? mark : null);
  const { expired, expiringWithinWeek } = accessTokens;
  return [
    { name: 'users.total', label: 'Users', value: users.total },
    { name: 'users.enabled', label: '  enabled', value: users.enabled },
    {
      name: 'users.enabled_admins',
      label: '  enabled, with role ADMIN',
      value: users.enabledAdmins,
    },
    { name: 'live_sessions', label: 'Live sessions', value: counts.liveSessions },
    { name: 'access_tokens.total', label: 'Access tokens', value: accessTokens.total },
    {
      name: 'access_tokens.expired',
      label: '  expired',
      value: expired,
      mark: ifAny(expired, 'alarm'),
    },
    {
      name: 'access_tokens.expiring_within_week',
      label: '  expiring within 7 days',
      value: expiringWithinWeek,
      mark: ifAny(expiringWithinWeek, 'caution'),
    },
    { name: 'admin_exists', label: 'Built-in admin', value: counts.hasBuiltInAdmin },
    {
      name: 'auth_enabled',
      label: 'Auth enforcement',
      value: counts.isAuthEnabled,
      mark: counts.isAuthEnabled ? null : 'alarm',
    },
    {
      name: 'sign_ins.succeeded_last_day',
      label: 'Sign-ins in 24 hours',
      value: signIns.succeededLastDay,
    },
    { name: 'sign_ins.failed_last_day', label: '  failed', value: signIns.failedLastDay },
    {
      name: 'sign_ins.failed_last_hour',
      label: '  failed in the last hour',
      value: signIns.failedLastHour,
    },
    {
      name: 'sign_ins.limited_last_day',
      label: '  refused by a limit',
      value: signIns.limitedLastDay,
      mark: ifAny(signIns.limitedLastDay, 'caution'),
    },
  ];
}

function block(lines: readonly Line[], stdout: NodeJS.WriteStream): string {
  const width = Math.max(...lines.map(({ label }) => label.length));
  const rows = lines.map(({ name, label, value, mark = null }) => {
    const text = typeof value === 'number' ? String(value) : wordFor(name, value);
    return `${label.padEnd(width)}  ${paint(stdout, mark, text)}\n`;
  });
  return rows.join('');
}

function wordFor(name: string, value: boolean): string {
  const [yes, no] = name === 'auth_enabled' ? ['on', 'off'] : ['yes', 'no'];
  return value ? yes : no;
}

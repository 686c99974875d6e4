/**
 * What no history may show, whenever the server is killed: a lost acknowledgement, two successors
 * of one refresh token, an answer after an end, half an operation.
 */

import {
  type History,
  isAcknowledged,
  isBefore,
  isRefused,
  mayExplain,
  type Operation,
  type OperationCall,
} from './history.ts';

/** One line for each thing that must not have happened. */
export function findViolations(history: History): string[] {
  const { operations } = history;
  const odd = operations.filter((one) => one.status !== null && !isExpectedStatus(one));
  const of = (calls: readonly OperationCall[]) =>
    Map.groupBy(
      operations.filter((one) => calls.includes(one.call)),
      (one) => one.subject,
    );
  const lists = operations.filter((one) => one.call === 'list' && isAcknowledged(one));
  const tokens = of(['create', 'rotate', 'delete', 'use']);
  return [
    ...odd.map((one) => `${nameOf(one)} was answered with ${one.status}`),
    ...[...of(['refresh', 'replay', 'verify', 'logout']).values()].flatMap((session) =>
      findInSession(session, history.restartedAt),
    ),
    ...[...tokens.values()].flatMap((token) => findInToken(token, lists)),
    ...findStrangers(tokens, lists),
    ...findInAdmin(of(['reset_password', 'admin_login', 'admin_use']).get('admin') ?? [], history),
  ];
}

function isExpectedStatus(operation: Operation): boolean {
  return isAcknowledged(operation) || isRefused(operation);
}

const nameOf = (one: Operation) => `${one.call} of ${one.subject} at ${one.start}`;

function findInSession(session: readonly Operation[], restartedAt: number): string[] {
  const uses = session.filter((one) => one.call === 'refresh' || one.call === 'verify');
  const ends = session.filter((one) => one.call === 'logout' || one.call === 'replay');
  const successes = uses.filter(isAcknowledged);
  const violations: string[] = [];

  const refreshes = successes.filter((one) => one.call === 'refresh');
  for (const [input, answers] of Map.groupBy(refreshes, (one) => one.input)) {
    const successors = new Set(answers.map((one) => one.output));
    if (successors.size > 1) {
      violations.push(`${successors.size} successors of one refresh token: ${input}`);
    }
  }
  for (const replay of session.filter((one) => one.call === 'replay' && isAcknowledged(one))) {
    violations.push(`${nameOf(replay)} was answered`);
  }
  const knownEnds = [
    ...session.filter((one) => one.call === 'logout' && isAcknowledged(one)),
    ...session.filter((one) => one.call === 'replay' && isRefused(one)),
    ...uses.filter(isRefused),
  ];
  for (const success of successes) {
    const end = knownEnds.find((one) => isBefore(one, success));
    if (end !== undefined) violations.push(`${nameOf(success)} succeeded after ${nameOf(end)}`);
  }
  // The restarted server answers one after the other: what it lets pass has not been ended before.
  const passed = successes.find((one) => one.start > restartedAt);
  const hasHappened = (end: Operation) =>
    end.end !== null || end.start > restartedAt || passed === undefined;
  for (const refusal of uses.filter(isRefused)) {
    const isExplained = ends.some((end) => mayExplain(end, refusal) && hasHappened(end));
    if (!isExplained) violations.push(`${nameOf(refusal)} was refused, but nothing had ended it`);
  }
  return violations;
}

function findInToken(token: readonly Operation[], lists: readonly Operation[]): string[] {
  const of = (call: OperationCall) => token.filter((one) => one.call === call);
  const [create] = of('create');
  if (create === undefined) return [];
  const deletions = of('delete');
  const name = create.subject;
  const violations: string[] = [];
  for (const list of lists) {
    const times = namesIn(list).filter((listed) => listed === name).length;
    if (times > 1) violations.push(`${name} is listed ${times} times`);
    const isKept = isAcknowledged(create) && isBefore(create, list);
    const isDeletable = deletions.some((one) => mayExplain(one, list));
    if (times === 0 && isKept && !isDeletable) violations.push(`${name} was created and is lost`);
    const isGone = deletions.some((one) => isAcknowledged(one) && isBefore(one, list));
    if (times > 0 && isGone) violations.push(`${name} was deleted and is listed`);
  }
  for (const use of of('use')) {
    const isDeleted = deletions.some((one) => isAcknowledged(one) && isBefore(one, use));
    if (isAcknowledged(use)) {
      if (isDeleted) violations.push(`${nameOf(use)} worked after its deletion`);
      if (wasReplaced(token, use)) violations.push(`${nameOf(use)} worked with a replaced value`);
      const list = lists.find((one) => isBefore(one, use));
      const isListed = list === undefined || namesIn(list).includes(name);
      if (!isListed) violations.push(`${nameOf(use)} worked and is not listed`);
    } else if (isRefused(use) && !isRefusalExplained(token, use, lists)) {
      violations.push(`${nameOf(use)} was refused, but its value was acknowledged`);
    }
  }
  return violations;
}

function issueOf(token: readonly Operation[], value: string): Operation | undefined {
  return token.find((one) => isAcknowledged(one) && one.call !== 'use' && one.output === value);
}

/** Whether a later value had been acknowledged when this one was used. */
function wasReplaced(token: readonly Operation[], use: Operation): boolean {
  const issue = issueOf(token, use.input);
  return token.some(
    (one) =>
      one.call === 'rotate' &&
      isAcknowledged(one) &&
      one.output !== use.input &&
      isBefore(one, use) &&
      (issue === undefined || issue.start < one.start),
  );
}

function isRefusalExplained(
  token: readonly Operation[],
  use: Operation,
  lists: readonly Operation[],
): boolean {
  const issue = issueOf(token, use.input);
  if (issue === undefined) return true;
  return token.some((one) => {
    if (one === issue || one.start < issue.start || !mayExplain(one, use)) return false;
    if (one.call === 'rotate') return true;
    // A deletion that got no answer has not happened if the token is still listed.
    const isDisproved =
      one.end === null && lists.some((list) => namesIn(list).includes(one.subject));
    return one.call === 'delete' && !isDisproved;
  });
}

function findStrangers(
  tokens: ReadonlyMap<string, readonly Operation[]>,
  lists: readonly Operation[],
): string[] {
  return lists
    .flatMap(namesIn)
    .filter((name) => !tokens.has(name))
    .map((name) => `${name} is listed and nobody asked for it`);
}

function namesIn(list: Operation): string[] {
  return list.output === '' ? [] : list.output.split(' ');
}

function findInAdmin(operations: readonly Operation[], { restartedAt }: History): string[] {
  const of = (call: OperationCall) => operations.filter((one) => one.call === call);
  const resets = of('reset_password');
  const violations: string[] = [];
  for (const login of of('admin_login')) {
    const own = resets.find((one) => one.input === login.input);
    // One that got no answer may have happened at any time since.
    const later = resets.filter(
      (one) => one !== own && (own === undefined || one.start > own.start || one.end === null),
    );
    const replaced = later.find((one) => isAcknowledged(one) && isBefore(one, login));
    if (isAcknowledged(login) && replaced !== undefined) {
      violations.push(`${nameOf(login)} passed with a password replaced at ${replaced.start}`);
    }
    const isOwnKept = own !== undefined && isAcknowledged(own) && isBefore(own, login);
    const isExplained = later.some((one) => mayExplain(one, login));
    if (isRefused(login) && isOwnKept && !isExplained) {
      violations.push(`${nameOf(login)} was refused, but its password was acknowledged`);
    }
  }
  for (const use of of('admin_use').filter(isAcknowledged)) {
    const issue = of('admin_login').find((one) => one.output === use.input);
    const ended = resets.find(
      (one) =>
        isAcknowledged(one) && isBefore(one, use) && issue !== undefined && isBefore(issue, one),
    );
    if (ended !== undefined) violations.push(`${nameOf(use)} passed after ${nameOf(ended)}`);
  }
  const after = of('admin_login').filter((one) => one.start > restartedAt && one.end !== null);
  if (after.length > 0 && !after.some(isAcknowledged)) {
    violations.push('no password of the admin works any more');
  }
  return violations;
}

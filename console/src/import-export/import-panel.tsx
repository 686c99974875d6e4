/** Users from a file or from what is pasted: looked at first, and only then added. */

import {
  Anchor,
  Button,
  Code,
  FileInput,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Failure } from '../parts/failure.tsx';
import { ImportReportView } from './import-report-view.tsx';
import { TooLarge } from './too-large.tsx';
import {
  type ImportReport,
  type ImportSource,
  importUsers,
  MAX_IMPORT_BYTES,
  type TransferFormat,
} from './transfer-calls.ts';

type Way = 'file' | 'text';

export function ImportPanel() {
  const [way, setWay] = useState<Way>('file');
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<TransferFormat | null>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const content = way === 'file' ? file : text === '' ? null : new Blob([text]);
  const format = chosen ?? guessFormat(way === 'file' ? (file?.name ?? '') : '', text);
  const source: ImportSource | null = content === null ? null : { content, format };
  const isTooLarge = content !== null && content.size > MAX_IMPORT_BYTES;
  // What is reported is about what was given then.
  const change = (apply: () => void) => {
    apply();
    setReport(null);
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <WhatIsTaken />
        <SegmentedControl
          aria-label="Where the users come from"
          w="fit-content"
          value={way}
          onChange={(value) => change(() => setWay(value as Way))}
          data={[
            { value: 'file', label: 'A file' },
            { value: 'text', label: 'Pasted text' },
          ]}
        />
        {way === 'file' ? (
          <FileInput
            label="File"
            placeholder="Choose a file…"
            accept=".csv,.jsonl,.ndjson,.json,.txt,text/csv,application/jsonl"
            clearable
            clearButtonProps={{ 'aria-label': 'Leave the file out' }}
            value={file}
            onChange={(value) => change(() => setFile(value))}
          />
        ) : (
          <Textarea
            label="Lines"
            placeholder={'username,password_hash,role\njohn.doe@example.com,$2b$10$…,STANDARD'}
            autosize
            minRows={5}
            maxRows={14}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={text}
            onChange={({ currentTarget: { value } }) => change(() => setText(value))}
          />
        )}
        <SegmentedControl
          aria-label="Format"
          w="fit-content"
          value={format}
          onChange={(value) => change(() => setChosen(value as TransferFormat))}
          data={[
            { value: 'csv', label: 'CSV' },
            { value: 'jsonl', label: 'JSON Lines' },
          ]}
        />
        {isTooLarge ? (
          <TooLarge fileName={way === 'file' ? (file?.name ?? '') : ''} format={format} />
        ) : (
          <Steps source={source} report={report} onReport={setReport} />
        )}
      </Stack>
    </Paper>
  );
}

function WhatIsTaken() {
  return (
    <Text size="sm" component="div">
      A line for each user, with <Code>username</Code> and what else there is:{' '}
      <Code>password_hash</Code> (bcrypt, argon2, scrypt, PBKDF2, Firebase), <Code>role</Code>,{' '}
      <Code>enabled</Code>, <Code>created_at</Code>. The first line of CSV names the fields. Names
      that are taken stay as they are, so that the same file can be given again.
    </Text>
  );
}

interface StepsProps {
  readonly source: ImportSource | null;
  readonly report: ImportReport | null;
  readonly onReport: (report: ImportReport) => void;
}

function Steps({ source, report, onReport }: StepsProps) {
  const check = useAction(
    async () => source && onReport(await importUsers(source, true)),
    () => undefined,
  );
  const add = useAction(
    async () => {
      if (source === null) return;
      const added = await importUsers(source, false);
      onReport(added);
      if (added.created > 0) announceDone(`${usersOf(added.created)} can sign in now.`);
    },
    () => undefined,
  );
  const fitting = report?.lines.filter(({ outcome }) => outcome === 'would_create').length ?? 0;
  const isChecked = report?.dry_run === true;
  return (
    <>
      <Group gap="sm">
        <Button
          {...(isChecked && { variant: 'default' })}
          disabled={source === null || add.isRunning}
          loading={check.isRunning}
          onClick={() => void check.run()}
        >
          {isChecked ? 'Check again' : 'Check first'}
        </Button>
        {isChecked && fitting > 0 && (
          <Button loading={add.isRunning} onClick={() => void add.run()}>
            Import {usersOf(fitting)}
          </Button>
        )}
        {report?.dry_run === false && (
          <Anchor component={Link} href="/users" size="sm">
            See all users
          </Anchor>
        )}
      </Group>
      {check.error !== null && <Failure title="It could not be checked" error={check.error} />}
      {add.error !== null && <Failure title="Nothing more was added" error={add.error} />}
      {report && <ImportReportView report={report} />}
    </>
  );
}

export function usersOf(count: number): string {
  return `${count.toLocaleString()} user${count === 1 ? '' : 's'}`;
}

function guessFormat(fileName: string, text: string): TransferFormat {
  if (/\.(jsonl|ndjson|json)$/i.test(fileName)) return 'jsonl';
  return fileName === '' && /^\s*\{/.test(text) ? 'jsonl' : 'csv';
}

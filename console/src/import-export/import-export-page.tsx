/** Users from elsewhere, and all users as a file. */

import { Anchor, Stack, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { Link } from 'wouter';
import { Page } from '../parts/page.tsx';
import { ExportPanel } from './export-panel.tsx';
import { ImportPanel } from './import-panel.tsx';

export function ImportExportPage() {
  const lead = (
    <Anchor component={Link} href="/users" size="sm">
      All users
    </Anchor>
  );
  return (
    <Page title="Import and export" lead={lead}>
      <Section title="Import users">
        <ImportPanel />
      </Section>
      <Section title="Export all users">
        <ExportPanel />
      </Section>
    </Page>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <Stack gap="sm" component="section" aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}

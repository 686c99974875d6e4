/** What the server runs with, and the one switch that is thrown while it runs. */

import { Skeleton, Stack, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { AuthSection } from './auth-section.tsx';
import { ProvidersSection } from './providers-section.tsx';
import { RulesSection } from './rules-section.tsx';
import { useSettings } from './settings-calls.ts';
import { SettingsTable } from './settings-table.tsx';

export function SettingsPage() {
  const settings = useSettings();
  return (
    <Page title="Settings" lead="What this server runs with">
      {settings.isError && (
        <Failure error={settings.error} onRetry={() => void settings.refetch()} />
      )}
      {settings.isPending && <Loading />}
      {settings.data && (
        <>
          <Section title="Auth enforcement">
            <AuthSection auth={settings.data.auth} />
          </Section>
          <Section title="Sign-in with providers">
            <ProvidersSection providers={settings.data.providers} />
          </Section>
          <Section title="What holds for everybody">
            <RulesSection settings={settings.data} />
          </Section>
          <Section title="All settings">
            <SettingsTable settings={settings.data.settings} />
          </Section>
        </>
      )}
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

function Loading() {
  return (
    <Stack role="status" aria-label="Loading">
      <Skeleton height={120} />
      <Skeleton height={120} />
      <Skeleton height={400} />
    </Stack>
  );
}

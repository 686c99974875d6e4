/** The frame of every page: navigation, who is signed in, and the way out. */

import { AppShell, Burger, Center, Group, Loader, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Component, type ReactNode, Suspense, useEffect } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { type ConsoleSession, signOut } from '../api/console-session.ts';
import { noteSignedOut } from '../api/query-client.ts';
import { Failure } from '../parts/failure.tsx';
import { NoSuchPage } from '../parts/no-such-page.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ColourSchemeSwitch } from './colour-scheme-switch.tsx';
import { Mark } from './mark.tsx';
import { PAGES, START_PATH } from './page-table.ts';
import { useUnattended } from './use-unattended.ts';

interface ShellProps {
  readonly session: ConsoleSession;
}

export function Shell({ session }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [location] = useLocation();
  // On a phone the navigation covers the page that it has just led to.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes because of the new place
  useEffect(close, [location]);
  useUnattended(leaveUnattended);
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell
        header={{ height: 60 }}
        navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding={{ base: 'md', sm: 'xl' }}
      >
        <AppShell.Header px="md">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger
                opened={isOpen}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label="Navigation"
                aria-expanded={isOpen}
              />
              <Mark />
              <Text fw={650} visibleFrom="xs">
                Sallyport
              </Text>
            </Group>
            <Group gap="sm" wrap="nowrap">
              <ColourSchemeSwitch />
              <AccountMenu session={session} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label="Pages">
          <Navigation session={session} />
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1}>
          <PageFault key={location}>
            <Suspense fallback={<PageLoader />}>
              <Pages />
            </Suspense>
          </PageFault>
        </AppShell.Main>
      </AppShell>
    </>
  );
}

/** Also where the server cannot be reached: nobody is there to be told, and nothing stays shown. */
function leaveUnattended(): void {
  signOut().catch(noteSignedOut);
}

function Navigation({ session }: ShellProps) {
  const [location] = useLocation();
  return PAGES.map(({ path, navigation }) => {
    if (!navigation || !(navigation.isFor?.(session) ?? true)) return null;
    const { label, Icon } = navigation;
    const isHere = location === path || location.startsWith(`${path}/`);
    return (
      <NavLink
        key={path}
        component={Link}
        href={path}
        label={label}
        leftSection={<Icon size={18} />}
        active={isHere}
        {...(isHere && { 'aria-current': 'page' as const })}
      />
    );
  });
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to={START_PATH} replace />
      </Route>
      {PAGES.map(({ path, Page }) => (
        <Route key={path} path={path}>
          <Page />
        </Route>
      ))}
      <Route>
        <NoSuchPage />
      </Route>
    </Switch>
  );
}

function PageLoader() {
  return (
    <Center py="xl" role="status" aria-label="Loading">
      <Loader />
    </Center>
  );
}

/** A defect of one page, or its code that cannot be loaded, leaves the others to be used. */
class PageFault extends Component<{ readonly children: ReactNode }, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Failure
        title="This page cannot be shown"
        error={this.state.error}
        onRetry={() => location.reload()}
      />
    );
  }
}

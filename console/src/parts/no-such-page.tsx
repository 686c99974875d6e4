/** An address that leads nowhere, or to something that has been deleted. */

import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { Empty } from './empty.tsx';
import { Page } from './page.tsx';

export function NoSuchPage() {
  return (
    <Page title="There is no such page">
      <Empty
        title="Nothing is here"
        action={
          <Button component={Link} href="/" variant="default">
            Go to the start
          </Button>
        }
      >
        Check the address, or choose a page in the navigation.
      </Empty>
    </Page>
  );
}

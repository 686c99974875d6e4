/** What `npm test` runs in the place of the files of this folder, each of which runs alone too. */

import { after, before } from 'node:test';
import { holdChromium, letGoOfChromium } from '../support/chromium.ts';
import { describeTestFiles } from '../support/test-files.ts';

before(holdChromium);
after(letGoOfChromium);

describeTestFiles(new URL('./', import.meta.url));

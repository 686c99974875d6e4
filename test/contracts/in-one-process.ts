/** What `npm test` runs in the place of the files of this folder, each of which runs alone too. */

import { describeTestFiles } from '../support/test-files.ts';

describeTestFiles(new URL('./', import.meta.url));

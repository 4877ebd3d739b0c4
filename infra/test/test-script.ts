/** The builder script of the stacks that tests synthesize. */
export const testScript = '#!/bin/sh\necho built\n';

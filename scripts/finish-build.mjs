// npm links `bin` to this file as it is, so the compiled entry must be executable.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli.js', import.meta.url), 0o755);

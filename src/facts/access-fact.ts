import { known } from '../core/observed.ts';
import type { Fact } from './fact.ts';
import { decodeFiles } from './files.ts';
import { answerText, requireFile, wholeNumber } from './read.ts';

export interface AccessFact {
  readonly user: string;
  readonly uid: number;
  readonly root: boolean;
  /** Why root was not had. */
  readonly reason: string;
}

/** Who the program ran as. The uid is that of the reading process itself. */
export const access: Fact<AccessFact> = {
  items: {
    status: { kind: 'files', paths: ['/proc/self/status'] },
    user: { kind: 'sh', script: `printf %s "\${LOGNAME:-\${USER:-$(id -un)}}"` },
  },
  parse(answers, context) {
    const status = requireFile(decodeFiles(answers.status), '/proc/self/status', context);
    const uid = wholeNumber(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1], 'effective uid');
    const root = uid === 0;
    return known({
      user: root ? 'root' : answerText(answers.user).trim(),
      uid,
      root,
      reason: root ? '' : context.noRootReason,
    });
  },
};

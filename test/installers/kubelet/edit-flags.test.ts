import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentAssignments, splitWords } from '../../../src/facts/systemd-words.ts';
import { editFlags } from '../../../src/installers/kubelet/edit-flags.ts';

const edited = (text: string, name: string, value?: string): string => {
  const result = editFlags('/e', text, [{ name, value }]);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
};

describe('flags in an environment file', () => {
  test.each([
    ['first', 'A="--p=1 --b=2"\n', 'A="--b=2"\n'],
    ['in the middle', 'A="--a=1 --p=1 --b=2"\n', 'A="--a=1 --b=2"\n'],
    ['last', 'A="--a=1 --p=1"\n', 'A="--a=1"\n'],
    ['alone', 'A="--p=1"\n', 'A=""\n'],
    ['with its value as a word', 'A="--a=1 --p 1 --b=2"\n', 'A="--a=1 --b=2"\n'],
    ['without quotes', 'A=--p=1 --b=2\n', 'A=--b=2\n'],
    ['in single quotes', "A='--b=2 --p=1'\n", "A='--b=2'\n"],
    ['twice', 'A="--p=1 --a=1 --p=2"\n', 'A="--a=1"\n'],
    ['over lines', 'A="--a=1 \\\n  --p=1 \\\n  --b=2"\n', 'A="--a=1 \\\n \\\n  --b=2"\n'],
    ['CRLF', 'A="--a=1 --p=1"\r\n', 'A="--a=1"\r\n'],
    ['not in comments', '# A="--p=1"\nA="--p=1 --b=2"\n', '# A="--p=1"\nA="--b=2"\n'],
    ['not another of its beginning', 'A="--pod=1 --x-p=2 --p=3"\n', 'A="--pod=1 --x-p=2"\n'],
    ['not there', 'A="--a=1"\nB=2\n', 'A="--a=1"\nB=2\n'],
  ])('goes: %s', (_, before, after) => expect(edited(before, 'p')).toBe(after));

  test.each([
    ['A="--p=1 --b=2" # x\n', 'A="--p=new --b=2" # x\n'],
    ['A="--p 1"\n', 'A="--p new"\n'],
    ['A=--p=1\n', 'A=--p=new\n'],
  ])('gets a value: %j', (before, after) => expect(edited(before, 'p', 'new')).toBe(after));

  test.each([
    ['A="--a=1"\n', 'A="--a=1 --p=new"\n'],
    ['A=""\n', 'A="--p=new"\n'],
    ['A=\n', 'A="--p=new"\n'],
    ["A='--a=1'\n", "A='--a=1 --p=new'\n"],
    ['A=--a=1\r\n', 'A="--a=1 --p=new"\r\n'],
    ['# A="x"\nB="--b"\nA="--a=1"\n', '# A="x"\nB="--b"\nA="--a=1 --p=new"\n'],
    ['B="--b"\n', 'B="--b --p=new"\n'],
  ])('is said where nobody has said it: %j', (before, after) => {
    expect(editFlags('/e', before, [{ name: 'p', value: 'new', addTo: ['A', 'B'] }])).toEqual({
      ok: true,
      text: after,
    });
  });

  test.each(['A="--a=1 \\\n  --b=2"\n', 'A="--a=1" # why\n'])('is not said where that is not safe: %j', before => {
    expect(editFlags('/e', before, [{ name: 'p', value: 'new', addTo: ['A'] }])).toMatchObject({ ok: false });
  });

  test('underscores count as dashes', () => {
    expect(edited('A="--pod_infra_container-image=x --b=1"\n', 'pod-infra-container-image')).toBe('A="--b=1"\n');
  });

  test('what cannot be done safely is a problem', () => {
    expect(editFlags('/e', 'A="--p=\\"a b\\" --b=1"\n', [{ name: 'p', value: undefined }])).toMatchObject({
      ok: false,
    });
  });

  test('whatever the flags: exactly the named one goes, or it is a problem', () => {
    const word = fc.constantFrom('--a=1', '--p=1', '--p', '1', '--pq=2', '--b=x,y=z', '-v', "'--p=3'", '--c="d e"');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.constantFrom('"', "'", ''), (words, quote) => {
        const text = `# head\nX=${quote}${words.join(' ')}${quote}\nY=1\n`;
        const result = editFlags('/e', text, [{ name: 'p', value: undefined }]);
        if (!result.ok) return;
        const values = (of: string) => environmentAssignments('/e', of).map(({ value }) => splitWords(value));
        expect(values(result.text)[0]?.some(found => found.startsWith('--p='))).toBe(false);
        expect(values(result.text)[1]).toEqual(values(text)[1]);
        expect(result.text.startsWith('# head\n')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

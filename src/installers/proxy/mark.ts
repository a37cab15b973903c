/** Above a line of ours in a file of somebody else's: once the inventory names another proxy, that line is ours to change. */
export const proxyMark = '# Set by nodeprep apply, from proxy in the inventory.';

/** With their endings, so that joined they are the text again. */
export const linesOfText = (text: string): readonly string[] => (text === '' ? [] : text.split(/(?<=\n)/));

export const endingOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

export const isMarked = (lines: readonly string[], index: number): boolean => lines[index - 1]?.trim() === proxyMark;

/** Complete lines: something can be put below it. */
export const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}${endingOf(text)}`);

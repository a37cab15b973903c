/** Text from a host inside a message: one line, no control characters, bounded. */
export const printable = (text: string, limit = 200): string => {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
};

export const firstLine = (text: string): string => printable(text.split('\n').find(line => line.trim() !== '') ?? '');

/** First line of a file of package sources that was rewritten: whose doing it is, for people, and the mirror, for the next look. */
export const mirrorMark = '# nodeprep apply has put this mirror in the place of the addresses that were here: ';

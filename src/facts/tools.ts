/** Programs that checks ask for: name → path, null = not found in root's PATH. */
export type Tools = Readonly<Record<string, string | null>>;

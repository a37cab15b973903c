/** Live values of the keys that checks and installers ask for; null = the key does not exist. Inner white space squashed to one space. */
export type Sysctl = Readonly<Record<string, string | null>>;

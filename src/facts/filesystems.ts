/** Names in /proc/filesystems. */
export type Filesystems = readonly string[];

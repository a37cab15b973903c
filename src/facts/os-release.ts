export interface OsRelease {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId: string | undefined;
  readonly codename: string | undefined;
  readonly prettyName: string;
}

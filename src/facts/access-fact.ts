export interface AccessFact {
  readonly user: string;
  readonly uid: number;
  readonly root: boolean;
  /** Why root was not had. */
  readonly reason: string;
}

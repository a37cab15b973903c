/** Where the runtime keeps images and containers. */
export interface DataDirectory {
  readonly path: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly options: readonly string[];
  /** Whether directory entries carry a type (overlay needs it); null = cannot be told. */
  readonly dType: boolean | null;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

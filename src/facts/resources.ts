export interface Resources {
  readonly cpus: number;
  readonly memTotalKib: number;
  readonly memAvailableKib: number;
}

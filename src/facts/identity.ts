export interface Identity {
  readonly hostname: string;
  /** Empty when not initialised. */
  readonly machineId: string;
  /** null: the machine has no DMI. Unknown without root is `productUuidReason`. */
  readonly productUuid: string | null;
  readonly productUuidReason: string | undefined;
}

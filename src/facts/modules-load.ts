/** What is loaded at the next boot: modules-load.d files (precedence resolved), /etc/modules, `modules_load=` of the command line. */
export interface ModulesLoad {
  readonly modules: readonly { readonly name: string; readonly path: string; readonly line: number }[];
  /** /etc/modules-load.d/nodeprep.conf as it is (type absent when missing): a plan that writes it guards it. */
  readonly ownFile?: import('./fact.ts').HostFile;
  /** Names blacklisted in modprobe.d, with the file that says so. */
  readonly blacklisted: readonly { readonly name: string; readonly path: string; readonly line: number }[];
}

/** What is loaded at the next boot: modules-load.d files (precedence resolved), /etc/modules, `modules_load=` of the command line. */
export interface ModulesLoad {
  readonly modules: readonly { readonly name: string; readonly path: string; readonly line: number }[];
  /** Names blacklisted in modprobe.d, with the file that says so. */
  readonly blacklisted: readonly { readonly name: string; readonly path: string; readonly line: number }[];
}

export { bootSyntheticHosts, type SyntheticHostOptions, type SyntheticHosts } from './hosts.ts';

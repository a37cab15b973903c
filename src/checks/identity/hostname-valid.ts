import { defineCheck } from '../check.ts';

export const hostnameValid = defineCheck({
  id: 'hostname-valid',
  title: 'The hostname can be the name of a Node',
  severity: 'error',
  source: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names',
  needs: ['identity'],
  evaluate({ identity: { hostname } }) {
    const problem = problemOf(hostname);
    const observed = hostname === '' ? 'no hostname' : hostname;
    if (problem === undefined) return { status: 'pass', observed };
    const isLowered = problemOf(hostname.toLowerCase()) === undefined;
    return {
      status: 'fail',
      message: isLowered
        ? `the hostname has upper-case letters; the Node will be called ${hostname.toLowerCase()}`
        : `the hostname ${problem}: the API server refuses such a Node`,
      observed,
      expected: 'lower-case letters, digits, - and ., at most 63 characters, not localhost',
      remedy: 'hostnamectl set-hostname NAME, before the host joins a cluster',
      fixedByApply: false,
      severity: isLowered ? 'warning' : 'error',
    };
  },
});

/** The name is also the value of the label kubernetes.io/hostname, hence 63 and not the 253 of a subdomain. */
const problemOf = (hostname: string): string | undefined => {
  if (hostname === '') return 'is empty';
  if (hostname.length > 63) return `has ${hostname.length} characters`;
  if (/^localhost(\.|$)/.test(hostname)) return 'names every host';
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  return new RegExp(`^${label}(\\.${label})*$`).test(hostname) ? undefined : 'has characters that a name may not have';
};

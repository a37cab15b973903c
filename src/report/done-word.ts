/** What each command has done to a host whose outcome is `changed`. */
export const doneWord = {
  apply: 'changed',
  rollback: 'restored',
  recover: 'settled',
  reset: 'reset',
  check: '',
  plan: '',
} as const;

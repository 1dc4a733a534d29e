/** The environment variables of msg's own that are no settings, with what each is for. */
export const OTHER_VARIABLES = {
  MSG_PROFILE: 'the profile to use; --profile beats it',
  MSG_HOME: 'one directory for everything: profiles, keys, ledgers, caches',
  MSG_DEBUG: 'what to say more about on stderr, by topic: kafka, crl, or * for all',
} as const;

/** Variables that other programs have made customary. */
export const CUSTOMARY_VARIABLES = {
  NO_COLOR: 'not empty: no colour; --color beats it',
  FORCE_COLOR: 'colour also where no terminal is; 0 and false turn it off',
  TERM: 'dumb: no colour',
  CI: 'not empty, 0 or false: never ask a question, as with --no-input',
  XDG_CONFIG_HOME: 'profiles go to its msg directory (~/.config/msg where unset)',
  XDG_STATE_HOME: 'ledgers go to its msg directory (~/.local/state/msg where unset)',
  XDG_DATA_HOME: 'keys go to its msg directory (~/.local/share/msg where unset)',
  XDG_CACHE_HOME:
    'address books and revocation lists go to its msg directory (~/.cache/msg where unset)',
} as const;

/** The administrator of the shared secure broker. */
export const ADMIN = { name: 'admin', password: 'admin-secret' };

/** The ordinary users of the shared secure broker. */
export const USERS = ['acme', 'globex', 'stranger'].map((name) => ({
  name,
  password: `${name}-secret`,
}));

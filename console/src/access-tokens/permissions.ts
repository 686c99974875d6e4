/** What the permissions of an access token mean. None of them holds another. */

export interface PermissionWords {
  readonly name: 'read' | 'write' | 'admin';
  readonly label: string;
  readonly meaning: string;
}

export const PERMISSIONS: readonly PermissionWords[] = [
  {
    name: 'read',
    label: 'Read',
    meaning: 'For your own services: what the token may read there. It opens nothing in Sallyport.',
  },
  {
    name: 'write',
    label: 'Write',
    meaning:
      'For your own services: what the token may change there. It opens nothing in Sallyport.',
  },
  {
    name: 'admin',
    label: 'Admin',
    meaning:
      'Opens the admin API of Sallyport: makes, rotates and deletes access tokens with any ' +
      'permission, and manages standard users and their sessions. Give it to few.',
  },
];

/** Public keys made by gpg 2.2 for these tests; synthetic. */
export const openpgpKeys = {
  /** Never expires, has a subkey. */
  never:
    'mDMEaVW5ABYJKwYBBAHaRw8BAQdArdjcPHj5BcTIo9AADZIlmAyDOph1QUbYT5zqHCHeInm0HWxhYiBuZXZlciA8bmV2ZXJAZXhhbXBsZS5jb20+iJAEExYIADgWIQQowBO68usdtGVBHOJ+Je89N6IB5QUCaVW5AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRB+Je89N6IB5bSJAQC1DqgawvsqrJ5GPC9etqCJ+3grSj0lZUTI3SJBTgGcuQEAvP+r2Vro0JB3ejVOB8HiyisW2o62pOvHykhIPzwKyQ64OARpVwqAEgorBgEEAZdVAQUBAQdARKlRl3DDKNOxdHc0P4eb7YbuyEpSFjbqjlNYzfdrMgwDAQgHiHgEGBYIACAWIQQowBO68usdtGVBHOJ+Je89N6IB5QUCaVcKgAIbDAAKCRB+Je89N6IB5VrqAQD6IW23IDrRNTHEpLrPOLQE0hmLyhGxBthF76h1w2RkNwEA+TD8zMSAKCBb1w4jEn/diIqOZp1Pr534SjpKWEExAAs=',
  /** Made on 2026-01-01 for a year. */
  year: 'mDMEaVW5ABYJKwYBBAHaRw8BAQdAYPg2C681VHphmgT+Tb8wQeERY6fL0p4ovQUeckNaAfS0G2xhYiB5ZWFyIDx5ZWFyQGV4YW1wbGUuY29tPoiWBBMWCAA+FiEE4dxoLuLSgyVAdbTlQZaV7gu8a9wFAmlVuQACGwMFCQHhM4AFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQQZaV7gu8a9zZkgD+NOUcuyMVlwKW7QP7AOeN1AGFlE/pDngUrvkojGOMCbsA/R3YdgsPLbiHbcqKMQoWu26uEBIV6y8tNkEmeiDO5lMN',
  /** Made on 2024-01-01 for a day. */
  day: 'mDMEZZIAgBYJKwYBBAHaRw8BAQdAk1KC9crsePdks1SRgHTSD6p/nkZ8Zo96Ogr6yS1DuqO0GWxhYiBkYXkgPGRheUBleGFtcGxlLmNvbT6IlgQTFggAPhYhBOa9IVsl1R+Tioy8xZWlU+bLmpXnBQJlkgCAAhsDBQkAAVGABQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEJWlU+bLmpXniQUBAPANSPPT0C4bECkxSxYjikg5gPoojoJw1iwt/k91Vk9RAP4oVocmjlWDMdB2yQq4MvCrVtwqH6twkUcCxize2LgBAQ==',
} as const;

export const keyBytes = (name: keyof typeof openpgpKeys): Buffer => Buffer.from(openpgpKeys[name], 'base64');

export const armoured = (bytes: Buffer): string =>
  `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n`;

/** Made for the tests alone. */
export const CREDENTIALS_KEY = btoa('a key of 32 bytes for tests only');

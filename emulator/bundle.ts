// What is bundled for `wc-auth-server/testing`, and for the command that starts a test store.
export * from './index';
export { emulate } from './command/emulate';

/**
 * Every process of the demo loads this file. When the demo ends, for any reason, the channel to it
 * closes, and the process stops gracefully.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

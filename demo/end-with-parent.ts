/**
 * Loaded into every process the demo starts: when the demo is gone, however it went, its end of the channel closes, and
 * the process stops as if asked to.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

// The client for MySQL is a bundle of its own (decision 11), so no other command loads it.
export { createConnection } from 'mysql2';

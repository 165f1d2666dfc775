/** A table that moves, and the columns of its primary key. */
export interface MovedTable {
  readonly name: string;
  readonly key: readonly [string, ...string[]];
}

/**
 * Every table that moves, each after the tables that it refers to. A test compares the list with
 * the schema.
 */
export const MOVED_TABLES: readonly MovedTable[] = [
  { name: 'secret_keys', key: ['secret_key_id'] },
  { name: 'import_sources', key: ['import_source_id'] },
  { name: 'users', key: ['user_id'] },
  { name: 'external_accounts', key: ['user_id'] },
  { name: 'sessions', key: ['session_hash'] },
  { name: 'external_sessions', key: ['session_hash'] },
  { name: 'sign_in_attempts', key: ['state_hash'] },
  { name: 'used_tokens', key: ['token_hash'] },
  { name: 'consumer_keys', key: ['key_id'] },
  { name: 'imported_users', key: ['import_source_id', 'source_user_id'] },
  { name: 'imported_keys', key: ['import_source_id', 'source_key_id'] },
  { name: 'key_uses', key: ['key_id'] },
  { name: 'spent_forms', key: ['form_hash'] },
  { name: 'grant_requests', key: ['grant_request_id'] },
  { name: 'oauth_nonces', key: ['key_id', 'nonce_hash'] },
  { name: 'forgotten_nonces', key: ['one'] },
  { name: 'throttle_counts', key: ['counted'] },
  { name: 'audit_events', key: ['audit_event_id'] },
];

/**
 * The tables of running servers. No server runs during a move, so nothing of them moves, and they
 * have to be empty afterwards.
 */
export const SERVERS: MovedTable = { name: 'secret_key_holders', key: ['lease'] };

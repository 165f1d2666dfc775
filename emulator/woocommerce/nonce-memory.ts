/** The OAuth nonces of each key, as WooCommerce keeps them. */
export interface NonceMemory {
  /** Returns whether WooCommerce rejects a nonce because it was used. If not, it is used from now on. */
  isUsed(consumerKey: string, timestamp: string, nonce: string): boolean;
  forget(): void;
}

// WC_REST_Authentication::check_oauth_timestamp_and_nonce
const VALID_SECONDS = 15 * 60;

/** Returns an empty memory. WooCommerce keeps one nonce for each key and second: the last. */
export function nonceMemory(): NonceMemory {
  const keys = new Map<string, Map<string, string>>();
  return {
    isUsed(consumerKey, timestamp, nonce) {
      const lasts = keys.get(consumerKey) ?? new Map<string, string>();
      keys.set(consumerKey, lasts);
      if ([...lasts.values()].includes(nonce)) return true;
      for (const second of lasts.keys())
        if (Number(second) < Number(timestamp) - VALID_SECONDS) lasts.delete(second);
      lasts.set(timestamp, nonce);
      return false;
    },
    forget: () => keys.clear(),
  };
}

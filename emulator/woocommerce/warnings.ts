import type { Warning } from '../store';
export type Verdict = { accepted: true } | { status: number; code: string; message: string };
export const grantWarnings = (_q: string, _o: { storeUrl: string }): Warning[] => [];
export const deliveryWarnings = (_o: unknown, _u: string): Warning[] => [];
export const judgeRequest = (_i: unknown): { warnings: Warning[]; woocommerce: Verdict | undefined } => ({
  warnings: [],
  woocommerce: undefined,
});

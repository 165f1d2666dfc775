export { deliveryWarnings } from './delivery-warnings';
export { grantWarnings } from './grant-warnings';
export { judgeRequest } from './judge-request';
export type { Verdict } from './verdict';
export { WARNINGS } from './warning-list';

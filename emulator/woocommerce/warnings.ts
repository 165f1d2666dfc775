export { deliveryWarnings } from './delivery-warnings';
export { grantWarnings } from './grant-warnings';
export { judgeRequest, type Verdict } from './judge-request';
export { WARNINGS } from './warning-list';

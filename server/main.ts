import { fail, main } from './process';

main().catch(fail);

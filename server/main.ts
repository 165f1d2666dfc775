import { fail, main } from './process';

main(process.env).catch(fail);

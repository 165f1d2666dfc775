import type { BuildOptions } from 'esbuild';

export const bundle: BuildOptions;
export const threads: BuildOptions;
export const FOLDERS: readonly string[];
export const mysqlClient: BuildOptions;
export const MYSQL_CLIENT_FOLDER: string;

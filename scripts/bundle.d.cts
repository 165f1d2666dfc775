import type { BuildOptions } from 'esbuild';

export const bundle: BuildOptions;
export const THREAD: string;
export const FOLDERS: readonly string[];

import type { BuildOptions } from 'esbuild';

export const bundle: BuildOptions;
export const threads: BuildOptions;
export const FOLDERS: readonly string[];

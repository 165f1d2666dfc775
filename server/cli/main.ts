#!/usr/bin/env node
import { runCommandLine } from './command-line';

void runCommandLine();

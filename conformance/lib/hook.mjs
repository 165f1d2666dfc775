// Talks to the target's hook, a process that reads and writes one JSON object per line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Hook {
  constructor(spec) {
    this.pending = new Map();
    this.next = 1;
    if (!spec) {
      this.child = null;
      return;
    }
    this.child = spawn(spec.command[0], spec.command.slice(1), {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout }).on('line', (l) => {
      let m;
      try {
        m = JSON.parse(l);
      } catch {
        return;
      }
      const p = this.pending.get(m.id);
      this.pending.delete(m.id);
      if (p) m.ok ? p.resolve(m.value) : p.reject(new Error(`hook ${p.name}: ${m.error}`));
    });
    const end = (reason) => {
      this.ended ??= reason;
      for (const p of this.pending.values()) p.reject(new Error(reason));
    };
    this.child.on('exit', () => end('hook process ended'));
    // The command or its folder does not exist.
    this.child.on('error', (e) => end(e.message));
    // A hook that ended takes no more calls. The event above reports it.
    this.child.stdin.on('error', () => {});
  }
  get present() {
    return !!this.child;
  }
  call(name, args = {}) {
    if (!this.child) return Promise.reject(new Error('target has no hook'));
    if (this.ended) return Promise.reject(new Error(this.ended));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, name });
      this.child.stdin.write(JSON.stringify({ id, name, args }) + '\n');
    });
  }
  close() {
    this.child?.stdin.end();
  }
}

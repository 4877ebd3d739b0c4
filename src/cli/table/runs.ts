import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { ArgumentOf, OptionsOf } from './entry.ts';
import type { commandTable } from './table.ts';

/** A command with what its command line gives it. */
export interface Call<E> {
  readonly argument: ArgumentOf<E>;
  readonly options: OptionsOf<E>;
  readonly terminal: Terminal;
}

type Runs<T> = {
  readonly [N in keyof T]: T[N] extends { commands: infer C } ? Runs<C> : (call: Call<T[N]>) => Promise<ExitCode>;
};

/** What runs each command of the table, loaded on demand: `twinhull list` must not load the Docker client. */
export const runs: Runs<typeof commandTable> = {
  build: async ({ options, terminal }) => (await import('../commands/build.ts')).build(options, terminal),
  plan: async ({ options, terminal }) => (await import('../commands/plan.ts')).plan(options, terminal),
  status: async ({ argument, options, terminal }) =>
    (await import('../commands/status.ts')).status(argument, options, terminal),
  wait: async ({ argument, options, terminal }) =>
    (await import('../commands/wait.ts')).wait(argument, options, terminal),
  logs: async ({ argument, options, terminal }) =>
    (await import('../commands/logs.ts')).logs(argument, options, terminal),
  list: async ({ options, terminal }) => (await import('../commands/list.ts')).list(options, terminal),
  images: async ({ argument, options, terminal }) =>
    (await import('../commands/images.ts')).images(argument, options, terminal),
  cancel: async ({ argument, options, terminal }) =>
    (await import('../commands/cancel.ts')).cancel(argument, options, terminal),
  retry: async ({ argument, options, terminal }) =>
    (await import('../commands/retry.ts')).retry(argument, options, terminal),
  promote: async ({ argument, options, terminal }) =>
    (await import('../commands/promote.ts')).promote(argument, options, terminal),
  manifest: {
    batch: async ({ argument, options, terminal }) =>
      (await import('../commands/manifest.ts')).manifestBatch(argument, options, terminal),
    k8s: async ({ argument, options, terminal }) =>
      (await import('../commands/manifest.ts')).manifestKubernetes(argument, options, terminal),
    vecoli: async ({ argument, options, terminal }) =>
      (await import('../commands/manifest.ts')).manifestVecoli(argument, options, terminal),
  },
  init: async ({ options, terminal }) => (await import('../commands/init.ts')).init(options, terminal),
  doctor: async ({ options, terminal }) => (await import('../commands/doctor.ts')).doctor(options, terminal),
  reconcile: async ({ options, terminal }) => (await import('../commands/reconcile.ts')).reconcile(options, terminal),
  prune: async ({ options, terminal }) => (await import('../commands/prune.ts')).prune(options, terminal),
  simulate: async ({ options, terminal }) => (await import('../commands/simulate.ts')).simulate(options, terminal),
  serve: async ({ options, terminal }) => (await import('../commands/serve.ts')).serve(options, terminal),
  open: async ({ terminal }) => (await import('../commands/open.ts')).open(terminal),
  token: {
    create: async ({ options, terminal }) => (await import('../commands/token.ts')).createToken(options, terminal),
    list: async ({ options, terminal }) => (await import('../commands/token.ts')).listTokens(options, terminal),
    revoke: async ({ argument, terminal }) => (await import('../commands/token.ts')).revokeToken(argument, terminal),
    restore: async ({ argument, terminal }) => (await import('../commands/token.ts')).restoreToken(argument, terminal),
  },
  completion: async ({ argument, terminal }) =>
    (await import('../commands/completion.ts')).completion(argument, terminal),
};

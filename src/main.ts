/** The process: reads the configuration and hands the command line what it needs. */

import type { CommandContext } from './cli/context.ts';
import { runCli } from './cli/program.ts';
import { type Config, readConfig, SETTINGS, type SettingName } from './config.ts';
import { StartFault } from './start-fault.ts';

const context: CommandContext = {
  open: async () => {
    const { openSallyport } = await import('./wiring.ts');
    return openSallyport(requireConfig(), { record: () => undefined });
  },
  serve: async () => {
    const { serve } = await import('./serve.ts');
    await serve(requireConfig(), (line) => process.stderr.write(`${line}\n`));
  },
  findConfigFaults: () => readConfig(process.env).faults,
  describeConfig,
  renewParams: async () => {
    const { renewParams } = await import('./renew-params.ts');
    return renewParams(requireConfig());
  },
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
};

/** @throws StartFault with every fault of the environment */
function requireConfig(): Config {
  const { config, faults } = readConfig(process.env);
  if (config === null) throw new StartFault(...faults);
  return config;
}

function describeConfig() {
  const config = requireConfig();
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting = SETTINGS[name];
    const value = config[name];
    const isSecret = 'isSecret' in setting && setting.isSecret === true;
    const shown = isSecret && value !== null ? '(set)' : String(value ?? '');
    const isDefault = process.env[name] === undefined && process.env[`${name}_FILE`] === undefined;
    return { name, value: shown, isDefault, meaning: setting.meaning };
  });
}

process.exitCode = await runCli(process.argv.slice(2), context);

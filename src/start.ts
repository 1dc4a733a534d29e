import packageJson from '../package.json' with { type: 'json' };

/** Answers what needs no command tree at once, and loads the program for everything else. */
export async function start(process: NodeJS.Process): Promise<void> {
  const [argument, ...others] = process.argv.slice(2);
  if (others.length === 0 && (argument === '--version' || argument === '-V')) {
    process.stdout.write(`${packageJson.version}\n`);
    return;
  }
  const { main } = await import('./main.js');
  await main(process);
}

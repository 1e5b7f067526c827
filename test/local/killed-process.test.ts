import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeFixtureAssembly } from './assembly.ts';
import { eventually, lives, PROJECT_DIRECTORY, startFixture, temporaryDirectory } from './support.ts';

describe('a local cloud whose process is killed', () => {
  interface Running {
    readonly child: ChildProcess;
    readonly processes: readonly { readonly pid: number; readonly commandIncludes: string }[];
    readonly url: string;
  }

  /** The fixture's stack in a process of its own. */
  async function runProcess(dataDirectory: string, assemblyDirectory: string): Promise<Running> {
    const script = fileURLToPath(new URL('./fixtures/run.ts', import.meta.url));
    const child = spawn(process.execPath, [script, PROJECT_DIRECTORY, assemblyDirectory, dataDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout);
    const [line = ''] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    const { processes } = JSON.parse(readFileSync(join(dataDirectory, 'instance.json'), 'utf8'));
    return { child, processes, url: JSON.parse(line).url };
  }

  it('leaves no process behind, and its data to the next', async () => {
    const dataDirectory = temporaryDirectory();
    const assemblyDirectory = writeFixtureAssembly(temporaryDirectory());
    const { child, processes, url } = await runProcess(dataDirectory, assemblyDirectory);
    expect((await fetch(`${url}/lab/x?do=echo`)).status).toBe(200);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(processes).toHaveLength(4);
    await eventually('the others have ended', () => processes.every(({ pid }) => !lives(pid)) || undefined);
    const next = await startFixture({ dataDirectory, assemblyDirectory });
    expect((await fetch(`${next.url}/lab/x?do=echo`)).status).toBe(200);
  });

  it('leaves no file behind when it has no data folder', async () => {
    const script = fileURLToPath(new URL('./fixtures/run.ts', import.meta.url));
    const assemblyDirectory = writeFixtureAssembly(temporaryDirectory());
    const child = spawn(process.execPath, [script, PROJECT_DIRECTORY, assemblyDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(createInterface(child.stdout), 'line');
    const tablesFile = argumentOfChild(child.pid ?? 0, '--db-path');
    expect(existsSync(tablesFile)).toBe(true);

    child.kill('SIGKILL');

    await eventually('its directory is gone', () => !existsSync(dirname(tablesFile)) || undefined);
  });

  it('has what is left over of it ended by the next: a function that never yields', async () => {
    const dataDirectory = temporaryDirectory();
    const assemblyDirectory = writeFixtureAssembly(temporaryDirectory());
    const { child, url } = await runProcess(dataDirectory, assemblyDirectory);
    void fetch(`${url}/lab/x?do=spin`).catch(() => undefined);
    const spinning = await eventually('the function spins', () => spinningProcess(dataDirectory));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(lives(spinning)).toBe(true);

    await startFixture({ dataDirectory, assemblyDirectory });

    await eventually('it has ended', () => !lives(spinning) || undefined);
  });

  it('has its table engine ended by the next, even when nothing else was left to end it', async () => {
    const dataDirectory = temporaryDirectory();
    const assemblyDirectory = writeFixtureAssembly(temporaryDirectory());
    const { child, processes } = await runProcess(dataDirectory, assemblyDirectory);
    const engine = processes.find(({ commandIncludes }) => commandIncludes === 'dynoxide')?.pid ?? 0;
    const [helper] = readFileSync(`/proc/${engine}/task/${engine}/children`, 'utf8').split(' ');
    process.kill(Number(helper), 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(lives(engine)).toBe(true);

    await startFixture({ dataDirectory, assemblyDirectory });

    expect(lives(engine)).toBe(false);
  });

  it('does not have a stranger ended that got a number of its', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void stranger.kill());
    const dataDirectory = temporaryDirectory();
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(
      join(dataDirectory, 'instance.json'),
      JSON.stringify({
        pid: 1,
        processes: [{ pid: stranger.pid, startedAt: 'another boot:1', commandIncludes: 'sleep' }],
      }),
    );

    await startFixture({ dataDirectory });

    expect(stranger.pid !== undefined && lives(stranger.pid)).toBe(true);
  });

  it('ends with its children when it is asked to', async () => {
    const dataDirectory = temporaryDirectory();
    const { child, processes } = await runProcess(dataDirectory, writeFixtureAssembly(temporaryDirectory()));

    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');

    expect(code).toBe(0);
    expect(processes.filter(({ pid }) => lives(pid))).toEqual([]);
  });
});

/** The process of a function that uses the processor, as Linux has it. */
function spinningProcess(dataDirectory: string): number | undefined {
  const { processes } = JSON.parse(readFileSync(join(dataDirectory, 'instance.json'), 'utf8'));
  return processes.find(({ pid, commandIncludes }: { pid: number; commandIncludes: string }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const userTicks = Number(fields[11]);
    return commandIncludes === 'onefill-fn:' && userTicks > 30;
  })?.pid;
}

/** What follows an option on the command line of a child of a process. */
function argumentOfChild(pid: number, option: string): string {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const commands = children.map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0'));
  const command = commands.find((words) => words.includes(option)) ?? [];
  return command[command.indexOf(option) + 1] ?? '';
}

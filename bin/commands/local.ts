import { type Command, command } from '../cli/command.ts';
import { CONNECTION } from '../cli/connection.ts';

/** Commands of the local cloud. What they need is loaded with them: it is the whole engine. */
export const LOCAL_COMMANDS: readonly Command[] = [
  command({
    name: 'start',
    summary: 'start the local cloud with a demo that is ready to trade on paper',
    options: { ephemeral: { type: 'boolean', summary: 'keep no data' } },
    details: 'Runs until Ctrl-C, on PORT, with its data in ONEFILL_DATA_DIR.',
    examples: [
      { does: 'On another port, leaving nothing behind', line: 'PORT=8080 onefill start --ephemeral' },
    ],
    async run({ values, session }) {
      const { start } = await import('./start.ts');
      return start({ ephemeral: values.ephemeral ?? false }, session.environment);
    },
  }),
  command({
    name: 'demo',
    summary: 'replay the incident that Onefill prevents, against the running local cloud',
    options: CONNECTION,
    details:
      'It kills a worker of the local cloud whose data is in ONEFILL_DATA_DIR, in the middle of an order.',
    examples: [{ does: 'Against npm start in another terminal', line: 'onefill demo' }],
    async run({ values, session }) {
      const { demo } = await import('./demo.ts');
      return demo(values, session);
    },
  }),
];

import { request } from 'node:https';
import { connect } from 'node:net';
import type { LabNode } from '../../lab/index.ts';
import { sleep } from '../../lab/run.ts';

export interface ControlPlaneWatch {
  /** Ends it; gives the fewest that answered at any look. */
  stop(): Promise<{ readonly apis: number; readonly members: number; readonly looks: number }>;
}

/** From outside, twice a second: API servers that say they are ready, each for itself, and members of etcd that take connections. */
export const watchControlPlanes = (nodes: readonly LabNode[]): ControlPlaneWatch => {
  const fewest = { apis: nodes.length, members: nodes.length };
  let looks = 0;
  let running = true;
  const count = async (ask: (address: string) => Promise<boolean>): Promise<number> =>
    (await Promise.all(nodes.map(({ address }) => ask(address)))).filter(Boolean).length;
  const done = (async () => {
    while (running) {
      const [apis, members] = await Promise.all([count(isReady), count(hasEtcd)]);
      fewest.apis = Math.min(fewest.apis, apis);
      fewest.members = Math.min(fewest.members, members);
      looks += 1;
      await sleep(500);
    }
  })();
  return {
    stop: async () => {
      running = false;
      await done;
      return { ...fewest, looks };
    },
  };
};

/** Long, since a busy machine is no outage. */
const answerMs = 10_000;

const isReady = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const options = { host, port: 6443, path: '/readyz', rejectUnauthorized: false, agent: false, timeout: answerMs };
    const asked = request(options, answer => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });

const hasEtcd = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port: 2379, timeout: answerMs });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });

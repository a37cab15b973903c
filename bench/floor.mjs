// The least that an audit over SSH can cost: ssh2, connect, one exec, answer thrown away. Plain JavaScript, started like the product.
import { readFileSync } from 'node:fs';
import { Client } from 'ssh2';

const { addresses, parallel, port, user, identityFile, programFile } = JSON.parse(process.argv[2]);
const privateKey = readFileSync(identityFile);
const program = programFile === undefined ? undefined : readFileSync(programFile);

const visit = host =>
  new Promise((resolve, reject) => {
    const client = new Client();
    client.on('error', reject);
    client.on('ready', () => {
      client.exec(program === undefined ? 'true' : 'sh -s', (error, channel) => {
        if (error) return reject(error);
        let status;
        channel.on('exit', code => {
          status = code;
        });
        channel.on('close', () => {
          client.end();
          if (status === 0) resolve();
          else reject(new Error(`exit ${status}`));
        });
        channel.resume();
        channel.stderr.resume();
        channel.end(program);
      });
    });
    client.connect({ host, port, username: user, privateKey, readyTimeout: 60_000 });
  });

let next = 0;
const worker = async () => {
  while (next < addresses.length) {
    next += 1;
    await visit(addresses[next - 1]);
  }
};
await Promise.all(Array.from({ length: Math.min(parallel, addresses.length) }, worker));

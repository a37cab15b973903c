import type { RuntimeName } from '../../core/runtimes/index.ts';
import { containerd } from './containerd.ts';
import { criO } from './cri-o.ts';
import { docker } from './docker.ts';
import { mirantis } from './mirantis.ts';
import type { RuntimePackaging } from './packaging.ts';

/** A new runtime is its file, and a line here. */
const packagings: Readonly<Record<RuntimeName, RuntimePackaging>> = { containerd, 'cri-o': criO, docker, mirantis };

export const packagingOf = (name: RuntimeName): RuntimePackaging => packagings[name];

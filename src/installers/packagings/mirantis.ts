import { mirantisRepository } from '../repository/mirantis.ts';
import { docker } from './docker.ts';
import type { RuntimePackaging } from './packaging.ts';

export const mirantis: RuntimePackaging = { ...docker, repository: mirantisRepository };

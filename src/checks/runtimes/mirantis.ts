import { engineView } from './docker.ts';

export const mirantis = engineView('mirantis');

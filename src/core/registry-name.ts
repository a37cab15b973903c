/** Docker Hub is called by one name and answers under another. */
export const upstreamHost = (name: string): string => (name === 'docker.io' ? 'registry-1.docker.io' : name);

/** `https://mirror.example.com:5000/v2/k8s` → `mirror.example.com:5000` */
export const hostOf = (url: string): string => /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? '';

/** Behind the host, without `/` at its end; empty where there is none. */
export const pathOf = (url: string): string => /^https?:\/\/[^/]+(\/.*?)\/*$/.exec(url)?.[1] ?? '';

import { join } from 'node:path';
import { LAB_DIR } from '../settings.ts';

export const IMAGES_DIR = join(LAB_DIR, 'kernel', 'images');
export const KERNEL_NODES_DIR = join(LAB_DIR, 'kernel', 'nodes');
/** QEMU forwards a port of this machine's loopback to the node's sshd; nothing else can reach the node. */
export const LOOPBACK = '127.0.0.1';
// kubeadm asks for 1700 MB and two CPUs.
export const MEMORY_MB = 2048;
export const CPUS = 2;
export const DISK_SIZE = '6G';
/** Of an image: what its kernel is told besides. */
export const COMMAND_LINE = 'command-line';

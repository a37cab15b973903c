import type { Check, FleetCheck } from './check.ts';
import { ipForward } from './network/ip-forward.ts';
import { ipForwardAtBoot } from './network/ip-forward-at-boot.ts';
import { runtimeInstalled } from './runtime/runtime-installed.ts';
import { swapOff } from './swap/swap-off.ts';

/** Every rule about one host, in the order of the report. */
export const checks: readonly Check[] = [ipForward, ipForwardAtBoot, swapOff, runtimeInstalled];

/** Every rule that compares hosts. */
export const fleetChecks: readonly FleetCheck[] = [];

/**
 * What stays until the next boot: the bridge and the network namespace of the engine, and what its unit waited for. Its group stays
 * as with `apt-get remove`: it may own things by then.
 */
export const dockerLeftovers =
  /\.docker0\.|run-docker-netns-default\.mount|systemd-networkd-wait-online\.service|\/etc\/g(roup|shadow)-?$/;

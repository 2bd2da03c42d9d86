/**
 * Whether a path is one that the server or the provider keeps for itself, so that a difference there says
 * nothing about what somebody did or is going to do. `type` is the resource's type.
 */
export function isNoise(path: string, type: string): boolean {
  if (server.test(path)) return true;
  // Helm keeps its record of the release there; what is planned stands in the other attributes.
  return type === 'helm_release' && /^metadata\b/.test(path);
}

const server =
  /(^|[.\]])(resource_version|resourceVersion|generation|uid|live_uid|liveUid|managedFields|creationTimestamp|self_link|selfLink)($|[.[])|^(id|drift|status|timeouts|object)($|[.[])/;

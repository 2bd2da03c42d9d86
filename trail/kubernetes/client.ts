import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as Library from '@kubernetes/client-node';
import { TrailError } from '../errors';
import { kubernetesErrors, statusError, transportError } from './errors';
import { rawGet, type RawGet } from './raw';

/** How a command reaches the Kubernetes API. */
export interface KubernetesOptions {
  /** Environment that KUBECONFIG, HOME and KUBERNETES_SERVICE_HOST are looked up in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Kubeconfig file.
   * @default - KUBECONFIG; in a pod the service account; else ~/.kube/config
   */
  readonly kubeconfigPath?: string | undefined;
  /**
   * Context of the kubeconfig.
   * @default - its current context
   */
  readonly context?: string | undefined;
  /**
   * Seconds until a request that is not answered in full counts as failed.
   * @default 15
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Aborts requests under way, e.g. on SIGTERM.
   * @default - none
   */
  readonly signal?: AbortSignal | undefined;
}

/** Makes a client of one API group, e.g. `clients.of((library) => library.CoreV1Api)`. */
export interface Kubernetes {
  of<T>(pick: (library: typeof Library) => new (configuration: Library.Configuration) => T): T;
  /** For lists and watches, whose answers are read as they come. */
  readonly get: RawGet;
}

/**
 * Connects to the cluster: the one place where clients are made. Their requests time out, and every failure
 * is a TrailError with a code of `kubernetesErrors`; `isNotFound` and `isConflict` tell the expected ones.
 * Nothing is sent yet. Throws a TrailError where no cluster is configured.
 */
export async function connectKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  // Loaded on demand: it takes longer to load than most commands take to run.
  const library = await import('@kubernetes/client-node');
  const config = loadConfig(library, options);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw notConfigured(`the kubeconfig has no cluster for the context "${config.getCurrentContext()}"`);
  }
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(server, {}),
    authMethods: { default: config },
    httpApi: library.wrapHttpLibrary(carefulHttp(library, options)),
  });
  return { of: (pick) => new (pick(library))(configuration), get: rawGet(config, server) };
}

function loadConfig(library: typeof Library, options: KubernetesOptions): Library.KubeConfig {
  const config = new library.KubeConfig();
  const { env } = options;
  const path = options.kubeconfigPath ?? env['KUBECONFIG'];
  const home = join(env['HOME'] ?? env['USERPROFILE'] ?? '.', '.kube', 'config');
  if (path === undefined && env['KUBERNETES_SERVICE_HOST'] !== undefined) {
    config.loadFromCluster();
  } else if (path === undefined && !existsSync(home)) {
    throw notConfigured(`neither KUBECONFIG nor a service account nor ${home} is there`);
  } else {
    try {
      config.loadFromFile(path ?? home);
    } catch (cause) {
      throw notConfigured(`${path ?? home} cannot be used: ${(cause as Error).message}`, cause);
    }
  }
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw notConfigured(`there is no context "${options.context}", there are: ${known.join(', ')}`);
    }
    config.setCurrentContext(options.context);
  }
  return config;
}

function notConfigured(problem: string, cause?: unknown): TrailError {
  return new TrailError(
    kubernetesErrors.notConfigured,
    problem,
    'name a kubeconfig file with KUBECONFIG, or run in a pod with a service account',
    { cause },
  );
}

/** The library's own HTTP, with a deadline for the whole answer and failures told as TrailErrors. */
function carefulHttp(library: typeof Library, options: KubernetesOptions): Library.PromiseHttpLibrary {
  const timeoutSeconds = options.timeoutSeconds ?? 15;
  const http = new library.IsomorphicFetchHttpLibrary();
  return {
    async send(request) {
      const { pathname } = new URL(request.getUrl());
      const what = `${request.getHttpMethod().toString()} ${pathname}`;
      const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
      request.setSignal(
        options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]),
      );
      let response: Library.ResponseContext;
      let body: Buffer;
      try {
        response = await http.send(request).toPromise();
        // Read here, so that a server that stops half-way meets the deadline too.
        body = await response.body.binary();
      } catch (cause) {
        if (options.signal?.aborted === true) {
          throw new TrailError('interrupted', `${what} was interrupted`, 'run the command again', { cause });
        }
        throw transportError(what, cause, timeoutSeconds);
      }
      if (response.httpStatusCode >= 400) {
        throw statusError(what, response.httpStatusCode, body.toString('utf8'));
      }
      return new library.ResponseContext(
        response.httpStatusCode,
        response.headers,
        new library.SelfDecodingBody(Promise.resolve(body)),
      );
    },
  };
}

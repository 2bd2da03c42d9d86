import type {
  JobV1SpecTemplateSpecContainerVolumeMount,
  JobV1SpecTemplateSpecVolume,
} from '@cdktf/provider-kubernetes/lib/job-v1';

/**
 * A Secret or a ConfigMap whose keys a pod sees as read-only files. The whole folder is mounted, never a
 * sub-path: only then does the kubelet bring changes to a running pod.
 */
export class MountedFiles {
  /** Keys of Secret `name` as files in folder `path`, readable to the pod's group only. */
  static fromSecret(name: string, path: string): MountedFiles {
    return new MountedFiles('secret', name, path);
  }

  /** Keys of ConfigMap `name` as files in folder `path`. */
  static fromConfigMap(name: string, path: string): MountedFiles {
    return new MountedFiles('configMap', name, path);
  }

  private constructor(
    readonly kind: 'secret' | 'configMap',
    /** Name of the object, also the volume's. */
    readonly name: string,
    /** Folder inside the container. */
    readonly path: string,
  ) {}
}

/** The volume of a pod spec for `files`. */
export function mountedVolume(files: MountedFiles): JobV1SpecTemplateSpecVolume {
  return files.kind === 'secret'
    ? { name: files.name, secret: { secretName: files.name, defaultMode: '0440' } }
    : { name: files.name, configMap: { name: files.name, defaultMode: '0444' } };
}

/** The mount of a container for `files`. */
export function mountOf(files: MountedFiles): JobV1SpecTemplateSpecContainerVolumeMount {
  return { name: files.name, mountPath: files.path, readOnly: true };
}

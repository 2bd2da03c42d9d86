import { AnnotationMetadataEntryType } from 'cdktf';
import type { IConstruct } from 'constructs';

const WARNING: string = AnnotationMetadataEntryType.WARN;

/** What the constructs under `root` warn about. */
export function warningsOf(root: IConstruct): readonly string[] {
  return root.node
    .findAll()
    .flatMap((construct) => construct.node.metadata)
    .filter(({ type }) => type === WARNING)
    .map(({ data }) => String(data));
}

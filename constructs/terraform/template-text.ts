/**
 * Text that Terraform must take literally: `${` and `%{` start an expression in a JSON string too, so they
 * are doubled, all but the tokens that cdktf itself puts there for references.
 */
export function templateText(text: string): string {
  return text.replace(/\$\{(?!TfToken\[)/g, '$$$${').replaceAll('%{', '%%{');
}

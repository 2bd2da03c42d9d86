/**
 * Text as Slack's mrkdwn shows it unchanged: the three characters that it gives a meaning become entities;
 * backticks, which have none, and control characters are replaced. Source: Slack's formatting reference.
 */
export function escapeMrkdwn(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replaceAll('`', "'")
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** A name in Slack's fixed-width type. */
export function code(text: string): string {
  return `\`${escapeMrkdwn(text)}\``;
}

/** The statements of a migration. A `;` ends one unless it is in a comment or in quoted text; functions have no place here. */
export function statementsOf(sql: string): string[] {
  const parts = sql.match(/(?:--.*|'(?:[^']|'')*'|[^;])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

// Quoted text, quoted names, dollar-quoted bodies and comments may hold a semicolon that ends nothing.
const STATEMENT = /(?:--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|[^;])+;?/g;

/** The statements of an SQL text, each with the comment above it and its semicolon. */
export function splitStatements(text: string): string[] {
  return (text.match(STATEMENT) ?? []).map((statement) => statement.trim()).filter(Boolean);
}

/** A statement without the comment lines above it. */
export function withoutComment(statement: string): string {
  return statement.replace(/^(?:\s*--[^\n]*\n)+/, '').trim();
}

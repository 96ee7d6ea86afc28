// Reads an AsyncAPI document on standard input; ends with 1 when the public parser finds an error.
import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString());
const errors = diagnostics.filter((found) => found.severity === 0);
for (const { message, path } of errors) console.error(`${path.join(".")}: ${message}`);
const name = process.argv[2] ?? "document";
if (errors.length > 0 || document === undefined) {
  console.error(`${name}: ${errors.length} errors`);
  process.exit(1);
}
const messages = document.messages().all().length;
console.log(`${name}: AsyncAPI ${document.version()}, ${messages} messages, no errors`);

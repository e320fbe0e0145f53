/** Prints the names of the types that Modelina makes of the schemas of the two directions, and fails if two are equal. */

import {readFile} from "node:fs/promises";
import {TypeScriptGenerator} from "@asyncapi/modelina";

const generator = new TypeScriptGenerator({modelType: "interface"});
const names = [];
for (const file of process.argv.slice(2)) {
  const models = await generator.generate(JSON.parse(await readFile(file, "utf8")));
  names.push(...models.map(({modelName}) => modelName).filter((name) => /^(Client|Server)[A-Z]/.test(name)));
}
console.log(names.join(" "));
const pairs = ["ClientPing", "ServerPing", "ClientPong", "ServerPong"];
if (new Set(names).size < names.length || !pairs.every((name) => names.includes(name))) process.exitCode = 1;

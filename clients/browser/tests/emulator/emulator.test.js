/** The client against the emulator and its sweep; one process, so that the emulator starts once. */

import {after, before} from "node:test";
import {emulator} from "./emulator.js";
import "./living.js";
import "./watching.js";

before(() => emulator.start());
after(() => emulator.stop());

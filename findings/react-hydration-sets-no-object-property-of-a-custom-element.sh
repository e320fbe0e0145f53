#!/usr/bin/env bash
# React 19.3.1: hydration does not set a property of a custom element whose value is an object.
# renderToString leaves such a property out, because an attribute cannot hold it. hydrateRoot takes the element over and
# sets neither this property nor any other, and nothing is written to the console. A later render with the same object
# changes nothing either, because React compares it with the property of the render before. The property is set by a
# render with another object, or by createRoot, where no server rendered the element. A ref callback sets it in each case.
# Seen with jsdom 26.1.0 and Node 20; the element is defined before React renders it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund react@19.3.1 react-dom@19.3.1 jsdom@26.1.0
cat > page.mjs <<'JS'
import {JSDOM} from "jsdom";
import {act, createElement, version} from "react";
import {renderToString} from "react-dom/server";

const {window} = new JSDOM("<!doctype html>");
const {document, navigator, HTMLElement} = window;
Object.assign(globalThis, {window, document, navigator, HTMLElement, IS_REACT_ACT_ENVIRONMENT: true});
const {createRoot, hydrateRoot} = await import("react-dom/client");
const written = [];
console.error = console.warn = (...texts) => written.push(texts.join(" "));

class Box extends HTMLElement {
  set value(value) {
    this.given = value.name;
  }
  get value() {
    return this.given;
  }
}
window.customElements.define("x-box", Box);

const first = {name: "first"};
const page = document.createElement("div");
page.innerHTML = renderToString(createElement("x-box", {value: first}));
let root;
await act(async () => (root = hydrateRoot(page, createElement("x-box", {value: first}))));
const seen = {version, hydrated: String(page.firstChild.given)};
await act(async () => root.render(createElement("x-box", {value: first, title: "again"})));
seen.sameObject = String(page.firstChild.given);
await act(async () => root.render(createElement("x-box", {value: {name: "second"}})));
seen.otherObject = page.firstChild.given;
const empty = document.createElement("div");
await act(async () => createRoot(empty).render(createElement("x-box", {value: first})));
seen.withoutServer = empty.firstChild.given;
seen.written = written.length;
console.log(JSON.stringify(seen));
JS
seen=$(node page.mjs)
echo "$seen"
[ "$seen" = '{"version":"19.3.1","hydrated":"undefined","sameObject":"undefined","otherObject":"second","withoutServer":"first","written":0}' ]

import {svelte} from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import {defineConfig} from "vite";

const isCustomElement = (tag) => tag.includes("-");

export default defineConfig({
  plugins: [svelte(), vue({template: {compilerOptions: {isCustomElement}}})],
  build: {rollupOptions: {input: ["vue.html", "svelte.html"]}},
  server: {host: "127.0.0.1", hmr: false},
});
